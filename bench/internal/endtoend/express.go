package endtoend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// ErrNoExpress: Node or the packages of the Express applications are missing.
var ErrNoExpress = errors.New("node or its packages are missing, which the Express applications need: run sh .ci/install")

// source is the directory of this package.
func source() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// modules is where the packages of Node are: in the module interop.
func modules() string {
	return filepath.Join(source(), "..", "..", "..", "interop", "node_modules")
}

// findNode returns the path of Node if the packages are there.
func findNode() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", ErrNoExpress
	}
	if _, err := os.Stat(filepath.Join(modules(), ".package-lock.json")); err != nil {
		return "", ErrNoExpress
	}
	return node, nil
}

func (c contender) expressCommand(ctx context.Context, v variant) (*exec.Cmd, error) {
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	kind := v.engine
	if c.bare {
		kind = "none"
	}
	cmd := exec.CommandContext(ctx, node, filepath.Join(source(), "express", "server.js"))
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "NODE_PATH="+modules(),
		"ENGINE="+kind, "ADDRESS="+v.url, "SECRET="+app.Secret,
		"USER_NAME="+app.User, "ROLE="+app.Role, "NUMBER="+strconv.Itoa(app.Number))
	if v.touch {
		// Some stores touch only sessions that have a lifetime of their own.
		cmd.Env = append(cmd.Env, fmt.Sprintf("MAX_AGE=%d", (24*time.Hour).Milliseconds()))
	}
	return cmd, nil
}

// packages are those of Node that are measured, and what they use that counts.
var packages = []string{
	"express", "express-session", "connect-redis", "redis", "connect-pg-simple", "pg", "express-mysql-session", "mysql2",
	"connect-sqlite3", "libsql", "connect-mongo", "mongodb",
}

// expressVersions names Node and the packages with their versions.
func expressVersions() (string, error) {
	node, err := findNode()
	if err != nil {
		return "", err
	}
	version, err := exec.Command(node, "--version").Output()
	if err != nil {
		return "", err
	}
	all := []string{"Node " + strings.TrimPrefix(strings.TrimSpace(string(version)), "v")}
	for _, name := range packages {
		text, err := os.ReadFile(filepath.Join(modules(), name, "package.json"))
		if err != nil {
			return "", err
		}
		var described struct{ Version string }
		if err := json.Unmarshal(text, &described); err != nil {
			return "", err
		}
		all = append(all, name+" "+described.Version)
	}
	return strings.Join(all, ", "), nil
}
