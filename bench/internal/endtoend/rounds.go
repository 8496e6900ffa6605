package endtoend

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// sample is what one measurement of an application showed.
type sample struct {
	// perSecond is how many requests were answered in a second.
	perSecond float64
	// p50 and p99 are how long they took, in milliseconds.
	p50, p99 float64
	// application and server are processor seconds of 10,000 requests, server
	// that of the engine.
	application, server float64
	// commands is how many the engine did for a request.
	commands float64
}

// samples are those of the contenders by name and route, one a round.
type samples map[string]map[app.Route][]sample

func (s samples) add(contender string, route app.Route, one sample) {
	if s[contender] == nil {
		s[contender] = make(map[app.Route][]sample)
	}
	s[contender][route] = append(s[contender][route], one)
}

// runner is a contender that runs.
type runner struct {
	contender
	*process
	// cookies is the file of its sessions' cookies.
	cookies string
}

// measure measures the contenders of a field on an engine that runs, in turns.
func (f field) measure(ctx context.Context, o Options, g *generator, d database, dir string) (results samples, err error) {
	var runners []runner
	defer func() {
		for _, r := range runners {
			err = errors.Join(err, r.stop())
		}
	}()
	for _, c := range f.contenders {
		r := runner{contender: c, cookies: filepath.Join(dir, c.file(f.engine)+".cookies")}
		if r.process, err = c.start(ctx, variant{engine: f.engine, url: d.url, profile: o.Profile}); err != nil {
			return nil, err
		}
		runners = append(runners, r)
		if err := r.prepare(ctx, o.Sessions); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", f.engine, c.name, err)
		}
	}
	results = make(samples)
	// The round 0 warms up what compiles, grows and fills while it runs.
	for round := range o.Rounds + 1 {
		for _, r := range runners {
			for _, route := range r.routes() {
				o.Progress(fmt.Sprintf("%s, round %d of %d: %s, %v", f.engine, round, o.Rounds, r.name, route))
				took := o.Time
				if round == 0 {
					took = time.Second
				}
				one, err := r.measure(ctx, g, d, route, took)
				if err != nil {
					return nil, fmt.Errorf("%s, %s, %v: %w", f.engine, r.name, route, err)
				}
				if round > 0 {
					results.add(r.name, route, one)
				}
			}
		}
	}
	return results, nil
}

// prepare creates the sessions.
func (r runner) prepare(ctx context.Context, sessions int) error {
	if !r.bare {
		return create(ctx, r.url, r.cookies, sessions)
	}
	// A cookie as long as those of others, which nobody reads.
	return os.WriteFile(r.cookies, []byte("connect.sid="+strings.Repeat("x", 80)+"\n"), 0o600)
}

func (r runner) measure(ctx context.Context, g *generator, d database, route app.Route, took time.Duration) (s sample, err error) {
	before, err := d.look(ctx, r.process)
	if err != nil {
		return s, err
	}
	l, err := g.run(ctx, r.url+"/"+route.String(), r.cookies, took)
	if err != nil {
		return s, err
	}
	after, err := d.look(ctx, r.process)
	if err != nil {
		return s, err
	}
	return sample{
		perSecond: l.perSecond(), p50: l.P50 / 1e3, p99: l.P99 / 1e3,
		application: (after.application - before.application) / l.Requests * 1e4,
		server:      (after.server - before.server) / l.Requests * 1e4,
		commands:    (after.commands - before.commands) / l.Requests,
	}, nil
}
