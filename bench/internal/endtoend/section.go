// Package endtoend measures applications over HTTP: each is a process of its own,
// with a session store of the engine at hand, and wrk sends the requests from
// this machine. Ours runs beside the same application with Express and
// the store that Express has for the engine, and with scs where scs has one.
package endtoend

import (
	"context"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// Options say how much is measured.
type Options struct {
	// Engines are those to measure, nil all: "memory", "redis", "postgres",
	// "mysql", "sqlite" and "mongodb".
	Engines *regexp.Regexp
	// Contenders are those to measure beside ours, nil all.
	Contenders *regexp.Regexp
	// Rounds are how often everything is measured, and Time how long each
	// time: whole seconds.
	Rounds int
	Time   time.Duration
	// Connections are how many requests are on their way at any time.
	Connections int
	// Sessions are how many each application has.
	Sessions int
	// Profile is a directory for profiles of the Go libraries' processor
	// time, "" for none.
	Profile string
	// Progress is told what is done next.
	Progress func(string)
}

// Measure measures all contenders on the engines asked for.
func Measure(ctx context.Context, o Options) (*report.Section, error) {
	dir, err := os.MkdirTemp("", "end-to-end-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	g, err := newGenerator(dir)
	if err != nil {
		return nil, err
	}
	if o.Profile != "" {
		if err := os.MkdirAll(o.Profile, 0o755); err != nil {
			return nil, err
		}
	}
	all := make(map[string]outcome)
	for _, f := range o.fields() {
		if all[f.engine], err = f.measure(ctx, f.options(o), g); err != nil {
			return nil, err
		}
	}
	versions, err := expressVersions()
	if err != nil {
		return nil, err
	}
	return section(o, versions, all), nil
}

// fields are those to be measured, with those contenders that are.
func (o Options) fields() (chosen []field) {
	for _, f := range fields() {
		if o.Engines != nil && !o.Engines.MatchString(f.engine) {
			continue
		}
		f.contenders = slices.DeleteFunc(f.contenders, func(c contender) bool {
			return c.library != app.Ours && o.Contenders != nil && !o.Contenders.MatchString(c.name)
		})
		chosen = append(chosen, f)
	}
	return chosen
}
