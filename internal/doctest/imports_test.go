package doctest

import (
	"path"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// others are the packages, not of this repository, that a block may use
// without importing them.
var others = []string{
	"context",
	"crypto/rand",
	"database/sql",
	"encoding/json",
	"errors",
	"fmt",
	"log",
	"log/slog",
	"net",
	"net/http",
	"net/netip",
	"net/url",
	"os",
	"os/signal",
	"strings",
	"sync",
	"testing",
	"time",

	"github.com/jackc/pgx/v5/pgxpool",
	"github.com/redis/rueidis",
}

// importable maps the names of packages that a block may use to their paths.
func importable(packages []tree.Package) map[string]string {
	paths := make(map[string]string)
	for _, other := range others {
		paths[path.Base(other)] = other
	}
	for _, p := range packages {
		if p.Name != "main" && !p.Internal() && len(p.Files) > 0 {
			paths[p.Name] = p.Path
		}
	}
	return paths
}
