package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
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
	inMemory   = "memory"
	inSQLite   = "SQLite"
	inRedis    = "Redis"
	inPostgres = "PostgreSQL"
)

const locations = "it is memory:, sqlite:PATH, postgres://, redis://, rediss://, redis-sentinel:// or redis-cluster://"

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

// engine is where sessions are kept, opened, and accounts if it keeps them too.
type engine struct {
	sessions store.Store
	accounts *accounts // nil if the engine keeps none
	closers  []io.Closer
}

// accounts is a database that keeps accounts.
type accounts struct {
	db, reader *sql.DB
	dialect    sqlusers.Dialect
}

// users returns the accounts themselves.
func (a *accounts) users(ctx context.Context) (*sqlusers.Users, error) {
	return sqlusers.New(ctx, a.db, sqlusers.Options{Dialect: a.dialect, Reader: a.reader})
}

// Close closes what was opened, the last first.
func (e *engine) Close() (err error) {
	for _, c := range slices.Backward(e.closers) {
		err = errors.Join(err, c.Close())
	}
	return err
}

// open opens the engine of a location. A database file is made if there is none.
func (l location) open(ctx context.Context, data string) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	switch l.engine {
	case inMemory:
		return &engine{sessions: memory.New(memory.Options{})}, nil
	case inRedis:
		return l.openRedis(ctx)
	case inPostgres:
		return l.openPostgres(ctx)
	}
	e, err := openFile(l.database(data))
	if err != nil {
		return nil, err
	}
	db := e.closers[0].(*sqlite.DB)
	if e.sessions, err = sqlite.New(db, sqlite.Options{}); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// openFile opens a database file, for accounts.
func openFile(path string, err error) (*engine, error) {
	if err != nil {
		return nil, err
	}
	// Accounts are not to be lost to a power failure, nor logouts undone, and
	// next to hashing a password a sync of the disk is nothing.
	db, err := sqlite.OpenDB(path, sqlite.DBOptions{FullSync: true})
	if err != nil {
		return nil, err
	}
	return &engine{accounts: &accounts{db: db.Writer(), reader: db.Reader()}, closers: []io.Closer{db}}, nil
}

func (l location) openRedis(ctx context.Context) (*engine, error) {
	o := redisstore.Options{WaitReplicas: l.wait}
	if l.cache {
		o.Cache = redisstore.NewCache(redisstore.CacheOptions{})
	}
	s, err := redisstore.Open(ctx, l.url, o)
	if err != nil {
		return nil, err
	}
	return &engine{sessions: s, closers: []io.Closer{s}}, nil
}

func (l location) openPostgres(ctx context.Context) (*engine, error) {
	s, err := postgres.Open(ctx, l.url, postgres.Options{CreateTables: true})
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(s.Pool())
	return &engine{sessions: s, accounts: &accounts{db: db, dialect: sqlusers.PostgreSQL}, closers: []io.Closer{s, db}}, nil
}

// openExisting is open for an operator, who wants no database made by a slip of
// the pen.
func (l location) openExisting(ctx context.Context, data string) (*engine, error) {
	if l.engine == inSQLite {
		path, err := l.database(data)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	return l.open(ctx, data)
}
