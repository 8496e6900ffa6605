package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// location says where sessions are kept: what --store, --from and --to mean.
type location struct {
	scheme string // "memory", "sqlite"
	path   string // of a database file; "" is the default below the data folder
}

const locations = "it is memory: or sqlite:PATH"

// parseLocation understands the URL of a store, of which "" is the default. Its
// errors name the flag and the scheme only: what follows may hold a password.
func parseLocation(flag, url string) (location, error) {
	if url == "" {
		return location{scheme: "sqlite"}, nil
	}
	scheme, rest, found := strings.Cut(url, ":")
	switch {
	case !found:
		return location{}, fmt.Errorf("%s has no scheme; %s", flag, locations)
	case scheme == "memory" && rest != "":
		return location{}, fmt.Errorf("%s: memory: takes nothing after it", flag)
	case scheme == "sqlite" && rest == "":
		return location{}, fmt.Errorf("%s: sqlite: needs a path after it", flag)
	case scheme != "memory" && scheme != "sqlite":
		return location{}, fmt.Errorf("%s: unknown scheme %q; %s", flag, scheme, locations)
	}
	return location{scheme: scheme, path: rest}, nil
}

// database returns the path of the database file below a data folder, or the one
// that was given.
func (l location) database(data string) (string, error) {
	path := l.path
	if path == "" {
		path = filepath.Join(data, "sojourn.db")
	}
	return filepath.Abs(path)
}

// openEngine opens the store of a location for an operator. Unless it is to be
// filled, it makes no database where none is.
func openEngine(_ context.Context, l location, data string, fill bool) (store.Store, io.Closer, error) {
	if l.scheme == "memory" {
		return nil, nil, usageError{errors.New("sessions in memory are within the program that serves them; no other can reach them")}
	}
	path, err := l.database(data)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(path); err != nil && !fill {
		return nil, nil, err
	}
	db, err := sqlite.OpenDB(path, sqlite.DBOptions{FullSync: true})
	if err != nil {
		return nil, nil, err
	}
	s, err := sqlite.New(db, sqlite.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, db, nil
}
