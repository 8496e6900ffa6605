// Package stores opens the stores of libraries on an engine, ours and those of
// peers, for the applications of package app.
package stores

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/pgxstore"
	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// SCS is the name of scs in package app, as whose variants those count whose names
// begin with it and a comma.
const SCS = "scs"

// Has reports whether a library has a store for an engine here.
func Has(library, name string) bool {
	switch {
	case name == engine.Memory, library == app.Ours:
		return true
	case isSCS(library):
		return name == engine.Redis || name == engine.Postgres
	}
	return false
}

func isSCS(library string) bool { return library == SCS || strings.HasPrefix(library, SCS+",") }

// Open opens the store of a library on an engine of that name and URL, as its
// documentation does, and has the configuration's applications use it. On memory
// each library makes its own.
func Open(ctx context.Context, library, name, url string, c *app.Config) (closeStore func() error, err error) {
	switch {
	case !Has(library, name):
		return nil, fmt.Errorf("%s has no store for %q here: %w", library, name, errors.ErrUnsupported)
	case library == app.Ours:
		c.Store, closeStore, err = engine.Open(ctx, name, url)
	case name == engine.Redis:
		c.SCSStore, closeStore, err = scsRedis(url)
	case name == engine.Postgres:
		c.SCSStore, closeStore, err = scsPostgres(ctx, url)
	default:
		closeStore = func() error { return nil }
	}
	return closeStore, err
}

func scsRedis(url string) (scs.Store, func() error, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, nil, err
	}
	client := redis.NewClient(options)
	return goredisstore.New(client), client.Close, nil
}

func scsPostgres(ctx context.Context, url string) (scs.Store, func() error, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	for _, statement := range []string{ // of its README
		"CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)",
		"CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)",
	} {
		if _, err := pool.Exec(ctx, statement); err != nil {
			pool.Close()
			return nil, nil, err
		}
	}
	// Without the sweep, which comes after five minutes, and whose goroutine races
	// with what ends it (StopCleanup reads a field that it may be setting).
	return pgxstore.NewWithCleanupInterval(pool, 0), func() error {
		pool.Close()
		return nil
	}, nil
}
