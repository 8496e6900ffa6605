package endtoend

import (
	"context"
	"errors"
	"fmt"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/pgxstore"
	sessions "github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// open opens the store that a job names, gives it to the application, and
// returns what closes it.
func open(ctx context.Context, j Job, config *app.Config) (closeStore func() error, err error) {
	switch j.Library {
	case app.Ours:
		config.Store, closeStore, err = engine.Open(ctx, j.Engine, j.URL)
	case scs, scsIdle:
		config.SCSStore, closeStore, err = openSCS(ctx, j)
	default:
		closeStore = nothing
	}
	return closeStore, err
}

func nothing() error { return nil }

// openSCS opens the store of scs for an engine as its README does.
func openSCS(ctx context.Context, j Job) (sessions.Store, func() error, error) {
	switch j.Engine {
	case engine.Memory:
		return nil, nothing, nil
	case engine.Redis:
		options, err := goredis.ParseURL(j.URL)
		if err != nil {
			return nil, nil, err
		}
		client := goredis.NewClient(options)
		return goredisstore.New(client), client.Close, nil
	case engine.Postgres:
		pool, err := pgxpool.New(ctx, j.URL)
		if err != nil {
			return nil, nil, err
		}
		for _, statement := range []string{
			"CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, data BYTEA NOT NULL, expiry TIMESTAMPTZ NOT NULL)",
			"CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)",
		} {
			if _, err := pool.Exec(ctx, statement); err != nil {
				pool.Close()
				return nil, nil, err
			}
		}
		s := pgxstore.New(pool)
		return s, func() error {
			s.StopCleanup()
			pool.Close()
			return nil
		}, nil
	}
	return nil, nil, errors.Join(errors.ErrUnsupported, fmt.Errorf("scs has no store for %q here", j.Engine))
}
