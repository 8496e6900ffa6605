package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
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
	inMemory = "memory"
	inSQLite = "SQLite"
	inRedis  = "Redis"
)

const locations = "it is memory:, sqlite:PATH, redis://, rediss://, redis-sentinel:// or redis-cluster://"

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

// connectWithin bounds how long it may take to reach a server at the start.
const connectWithin = 10 * time.Second

// openSessions opens the store of a location, in db if that is the database it
// names. What is to be closed with it comes with it, and is nil if nothing is.
func openSessions(ctx context.Context, l location, db *sqlite.DB) (store.Store, io.Closer, error) {
	switch l.engine {
	case inMemory:
		return memory.New(memory.Options{}), nil, nil
	case inRedis:
		ctx, cancel := context.WithTimeout(ctx, connectWithin)
		defer cancel()
		o := redisstore.Options{WaitReplicas: l.wait}
		if l.cache {
			o.Cache = redisstore.NewCache(redisstore.CacheOptions{})
		}
		s, err := redisstore.Open(ctx, l.url, o)
		if err != nil {
			return nil, nil, err
		}
		return s, s, nil
	}
	s, err := sqlite.New(db, sqlite.Options{})
	return s, nil, err
}

// openEngine opens the store of a location for an operator. Unless it is to be
// filled, it makes no database where none is.
func openEngine(ctx context.Context, l location, data string, fill bool) (store.Store, io.Closer, error) {
	switch l.engine {
	case inMemory:
		return nil, nil, usageError{errors.New("sessions in memory are within the program that serves them; no other can reach them")}
	case inSQLite:
		return openFile(ctx, l, data, fill)
	}
	return openSessions(ctx, l, nil)
}

func openFile(ctx context.Context, l location, data string, fill bool) (store.Store, io.Closer, error) {
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
	s, _, err := openSessions(ctx, l, db)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, db, nil
}
