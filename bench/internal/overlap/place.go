package overlap

import (
	"context"
	"errors"
	"fmt"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/stores"
)

// workers is how many requests of a session there are at a time: as many as a
// page with a few images has.
const workers = 8

// On an engine requests wait most of the time, so that there are more of them.
const (
	// parties share an engine as processes do: each has a store with connections
	// of its own and knows nothing of the other. The workers of a session are
	// with all of them.
	parties = 2
	// sessionsOnEngine is how many sessions are in use at a time.
	sessionsOnEngine = 32
	// connections to PostgreSQL each party has: our default, where a pool for scs
	// would have four.
	connections = 20
)

// place is where a trial takes place.
type place struct {
	library app.Library
	// configs are those of the parties.
	configs []app.Config
	// sessions are in use at a time.
	sessions int
}

// openPlace opens the stores that a job needs. What it returns closes them.
func openPlace(ctx context.Context, j Job) (p place, leave func() error, err error) {
	l, ok := app.Find(j.Library)
	if !ok {
		return p, nil, fmt.Errorf("no library is called %q", j.Library)
	}
	p = place{library: l, sessions: 1, configs: make([]app.Config, 1)}
	var closers []func() error
	leave = func() (err error) {
		for _, end := range closers {
			err = errors.Join(err, end())
		}
		return err
	}
	if j.Engine == "" {
		return p, leave, nil
	}
	if j.Engine == engine.Postgres {
		j.URL += fmt.Sprintf("&pool_max_conns=%d", connections)
	}
	p.sessions, p.configs = sessionsOnEngine, make([]app.Config, parties)
	for i := range p.configs {
		end, err := stores.Open(ctx, j.Library, j.Engine, j.URL, &p.configs[i])
		if err != nil {
			return p, nil, errors.Join(err, leave())
		}
		closers = append(closers, end)
	}
	return p, leave, nil
}

// clients returns what makes a client for each worker, with one party after the
// other. Handlers call pause after they have loaded the session.
func (p place) clients(pause func(string)) (client func(worker int) app.Client) {
	var apps []*app.App
	for _, c := range p.configs {
		c.Pause = pause
		apps = append(apps, p.library.Build(c))
	}
	return func(worker int) app.Client { return apps[worker%len(apps)].Client() }
}

// share returns how many of n operations the i-th of m does, which together do n.
func share(n, i, m int) int { return n*(i+1)/m - n*i/m }
