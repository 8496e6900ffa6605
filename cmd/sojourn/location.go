package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
)

// location says where sessions are kept: what --store, --from and --to mean.
type location struct {
	engine string // one of those below
	path   string // of a database file; "" is the default below the data folder
	url    string // of a server; it may hold a password

	cache bool // keep hot sessions in this process
	wait  int  // for so many replicas to know that a session has ended
}

const (
	inMemory   = "memory"
	inSQLite   = "SQLite"
	inRedis    = "Redis"
	inPostgres = "PostgreSQL"
	inMySQL    = "MySQL"
	inMongoDB  = "MongoDB"
)

const locations = "it is memory:, sqlite:PATH, postgres://, mysql://, mongodb://, redis://, rediss://, redis-sentinel:// or redis-cluster://"

// parseLocation understands the URL of a store, of which "" is the default. Its
// errors name the flag and the scheme only: what follows may hold a password.
func parseLocation(flag, url string) (location, error) {
	if url == "" {
		return location{engine: inSQLite}, nil
	}
	scheme, rest, found := strings.Cut(url, ":")
	if !found {
		return location{}, fmt.Errorf("%s has no scheme; %s", flag, locations)
	}
	switch scheme {
	case "memory":
		if rest != "" {
			return location{}, fmt.Errorf("%s: memory: takes nothing after it", flag)
		}
		return location{engine: inMemory}, nil
	case "sqlite":
		if rest == "" {
			return location{}, fmt.Errorf("%s: sqlite: needs a path after it", flag)
		}
		return location{engine: inSQLite, path: rest}, nil
	case "postgres", "postgresql":
		if _, err := postgres.ParseURL(url); err != nil {
			return location{}, fmt.Errorf("%s: %w", flag, err)
		}
		return location{engine: inPostgres, url: url}, nil
	case "mysql":
		if _, err := mysql.ParseURL(url); err != nil {
			return location{}, fmt.Errorf("%s: %w", flag, err)
		}
		return location{engine: inMySQL, url: url}, nil
	case "mongodb", "mongodb+srv":
		if _, _, err := mongostore.ParseURL(url); err != nil {
			return location{}, fmt.Errorf("%s: %w", flag, err)
		}
		return location{engine: inMongoDB, url: url}, nil
	case "redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster":
		if _, err := redisstore.ParseURL(url); err != nil {
			return location{}, fmt.Errorf("%s: %w", flag, err)
		}
		return location{engine: inRedis, url: url}, nil
	}
	return location{}, fmt.Errorf("%s: unknown scheme %q; %s", flag, scheme, locations)
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
