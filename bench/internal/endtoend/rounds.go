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
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
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

// runner is a contender that runs, on an engine of its own.
type runner struct {
	contender
	*process
	engine *engine.Engine
	// cookies is the file of its sessions' cookies.
	cookies string
}

// outcome is what was measured on one engine.
type outcome struct {
	// title and durability are those of the engine.
	title, durability string
	samples           samples
	// touches are by the contender's name.
	touches map[string]touch
}

// measure measures the contenders of a field, in turns.
func (f field) measure(ctx context.Context, o Options, g *generator) (out outcome, err error) {
	out = outcome{samples: make(samples), touches: make(map[string]touch)}
	var runners []*runner
	defer func() {
		for _, r := range runners {
			err = errors.Join(err, r.end())
		}
	}()
	for _, c := range f.contenders {
		o.Progress(f.engine + ", " + c.name + ": starting")
		r := &runner{contender: c, cookies: filepath.Join(g.dir, c.file(f.engine)+".cookies")}
		if r.engine, err = engine.Start(ctx, f.engine); err != nil {
			return out, err
		}
		runners = append(runners, r)
		out.title, out.durability = r.engine.Title, r.engine.Durability
		if err := r.begin(ctx, o, out.touches); err != nil {
			return out, fmt.Errorf("%s, %s: %w", f.engine, c.name, err)
		}
	}
	// The round 0 warms up what compiles, grows and fills while it runs.
	for round := range o.Rounds + 1 {
		for _, r := range runners {
			for _, route := range r.routes() {
				o.Progress(fmt.Sprintf("%s, round %d of %d: %s, %v", f.engine, round, o.Rounds, r.name, route))
				one, err := r.measure(ctx, g, route, o.Connections, o.Time)
				if err != nil {
					return out, fmt.Errorf("%s, %s, %v: %w", f.engine, r.name, route, err)
				}
				if round > 0 {
					out.samples.add(r.name, route, one)
				}
			}
		}
	}
	return out, nil
}

// begin measures touches, starts the application and creates its sessions.
func (r *runner) begin(ctx context.Context, o Options, touches map[string]touch) (err error) {
	v := variant{engine: r.engine.Name, url: r.engine.URL, profile: o.Profile}
	if r.touches() {
		if touches[r.name], err = r.touch(ctx, v, o.Sessions); err != nil {
			return err
		}
	}
	if r.process, err = r.start(ctx, v); err != nil {
		return err
	}
	if !r.bare {
		return create(ctx, r.url, r.cookies, o.Sessions)
	}
	// A cookie as long as those of others, which nobody reads.
	return os.WriteFile(r.cookies, []byte("connect.sid="+strings.Repeat("x", 80)+"\n"), 0o600)
}

func (r *runner) end() (err error) {
	if r.process != nil {
		err = r.stop()
	}
	return errors.Join(err, r.engine.Close())
}

func (r *runner) measure(ctx context.Context, g *generator, route app.Route, connections int, took time.Duration) (s sample, err error) {
	before, err := look(ctx, r.process, r.engine)
	if err != nil {
		return s, err
	}
	l, err := g.run(ctx, r.url+"/"+route.String(), r.cookies, connections, took)
	if err != nil {
		return s, err
	}
	after, err := look(ctx, r.process, r.engine)
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
