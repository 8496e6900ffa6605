package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/mongousers"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// connectWithin bounds how long it may take to reach a server at the start.
const connectWithin = 10 * time.Second

// engine is where sessions are kept, opened, and accounts if it keeps them too.
type engine struct {
	sessions store.Store
	accounts func(context.Context) (auth.Accounts, error) // nil if the engine keeps none
	closers  []io.Closer
}

// inTable returns what opens the accounts in a table of an SQL database.
func inTable(db, reader *sql.DB, dialect sqlusers.Dialect) func(context.Context) (auth.Accounts, error) {
	return func(ctx context.Context) (auth.Accounts, error) {
		return sqlusers.New(ctx, db, sqlusers.Options{Dialect: dialect, Reader: reader})
	}
}

// Close closes what was opened, the last first.
func (e *engine) Close() (err error) {
	for _, c := range slices.Backward(e.closers) {
		err = errors.Join(err, c.Close())
	}
	return err
}

// open opens the engine of a location. What it needs there and lacks is made: a
// database file, tables, indexes.
func (l location) open(ctx context.Context, data string) (*engine, error) {
	return l.openWith(ctx, data, true)
}

func (l location) openWith(ctx context.Context, data string, prepare bool) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	switch l.engine {
	case inMemory:
		return &engine{sessions: memory.New(memory.Options{})}, nil
	case inRedis:
		return l.openRedis(ctx)
	case inPostgres:
		return l.openPostgres(ctx, prepare)
	case inMySQL:
		return l.openMySQL(ctx, prepare)
	case inMongoDB:
		return l.openMongoDB(ctx, prepare)
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
	return &engine{accounts: inTable(db.Writer(), db.Reader(), sqlusers.SQLite), closers: []io.Closer{db}}, nil
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

func (l location) openPostgres(ctx context.Context, prepare bool) (*engine, error) {
	s, err := postgres.Open(ctx, l.url, postgres.Options{CreateTables: prepare})
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(s.Pool())
	return &engine{sessions: s, accounts: inTable(db, nil, sqlusers.PostgreSQL), closers: []io.Closer{s, db}}, nil
}

func (l location) openMySQL(ctx context.Context, prepare bool) (*engine, error) {
	s, err := mysql.Open(ctx, l.url, mysql.Options{CreateTables: prepare})
	if err != nil {
		return nil, err
	}
	return &engine{sessions: s, accounts: inTable(s.DB(), nil, sqlusers.MySQL), closers: []io.Closer{s}}, nil
}

func (l location) openMongoDB(ctx context.Context, prepare bool) (*engine, error) {
	s, err := mongostore.Open(ctx, l.url, mongostore.Options{NoIndexes: !prepare})
	if err != nil {
		return nil, err
	}
	accounts := func(ctx context.Context) (auth.Accounts, error) {
		return mongousers.New(ctx, s.Database().Collection("users"), mongousers.Options{AsIs: !prepare})
	}
	return &engine{sessions: s, accounts: accounts, closers: []io.Closer{s}}, nil
}

// openExisting is open for an operator, who wants neither a database made by a slip
// of the pen, nor one that an application looks after changed.
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
	return l.openWith(ctx, data, false)
}
