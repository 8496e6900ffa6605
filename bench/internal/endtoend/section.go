// Package endtoend measures applications over HTTP: each is a process of its own,
// with a session store of the engine at hand, and wrk sends the requests from
// this machine. Ours runs beside the same application with Express and
// the store that Express has for the engine, and with scs where scs has one.
package endtoend

import (
	"context"
	"math"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
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
	g, err := newGenerator(dir, o.Connections)
	if err != nil {
		return nil, err
	}
	all := make(map[string]samples)
	for _, f := range o.fields() {
		if all[f.engine], err = f.measure(ctx, o, g, database{}, dir); err != nil {
			return nil, err
		}
	}
	return section(o, all), nil
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

// of sums up one figure of all rounds.
func of(rounds []sample, figure func(sample) float64) measure.Spread {
	return measure.Sum(figures(rounds, figure))
}

func figures(rounds []sample, figure func(sample) float64) []float64 {
	values := make([]float64, len(rounds))
	for i, s := range rounds {
		values[i] = figure(s)
	}
	return values
}

// ratio is one figure of a, × that of b in the same round, and NaN if there are no
// rounds.
func ratio(a, b []sample, figure func(sample) float64) measure.Spread {
	if len(a) == 0 || len(b) == 0 {
		return measure.Spread{Median: math.NaN(), Min: math.NaN(), Max: math.NaN()}
	}
	return measure.Ratio(figures(a, figure), figures(b, figure))
}

func perSecond(s sample) float64   { return s.perSecond }
func p50(s sample) float64         { return s.p50 }
func p99(s sample) float64         { return s.p99 }
func application(s sample) float64 { return s.application }
func server(s sample) float64      { return s.server }
func commands(s sample) float64    { return s.commands }

var titles = map[app.Route]string{app.Pass: "no session", app.Read: "read", app.ReadWrite: "read and write"}

func section(o Options, all map[string]samples) *report.Section {
	s := &report.Section{Name: "end-to-end", Title: "End to end"}
	s.Printf("Requests over HTTP on the loopback interface, from [wrk](https://github.com/wg/wrk) with %d connections, with the cookies of %s sessions in turn. "+
		"Each application is a process of its own; wrk, the application and the engine share all processors, and none is bound to one. Express runs as one process, as it comes. "+
		"*Read* reads one key of the session, *read and write* reads one and writes it. What a read does beyond that is each library's default: Express touches the session with "+
		"each request, ours after a minute, and scs not at all. Medians of %d rounds of %v with the extremes, all applications of an engine in turn. "+
		"*Processor* is that of 10,000 requests, in seconds: of the application, and of the engine where that is a server. *Commands* are those that the engine counts, for one request.\n\n",
		o.Connections, report.Number(float64(o.Sessions)), o.Rounds, o.Time)
	s.Printf("%s", targets(o, all).String())
	for _, f := range o.fields() {
		f.report(s, all[f.engine])
	}
	return s
}

func (f field) report(s *report.Section, results samples) {
	s.Printf("### %s\n\n", f.title)
	t := report.Table{Head: []string{"", "request", "per second", "× Express", "p50, ms", "p99, ms", "processor, application", "processor, engine", "commands"}}
	for _, c := range f.contenders {
		for _, route := range c.routes() {
			rounds := results[c.name][route]
			compared := express
			if c.bare {
				compared = bareExpress
			}
			t.Row(report.Name(c.name), titles[route], report.Range(of(rounds, perSecond)), report.Range(ratio(rounds, results[compared][route], perSecond)),
				report.Number(of(rounds, p50).Median), report.Number(of(rounds, p99).Median),
				report.Range(of(rounds, application)), report.Number(of(rounds, server).Median), report.Number(of(rounds, commands).Median))
		}
	}
	s.Printf("%s", t.String())
}

func targets(o Options, all map[string]samples) *report.Targets {
	t := new(report.Targets)
	for _, f := range o.fields() {
		results := all[f.engine]
		for _, route := range []app.Route{app.Read, app.ReadWrite} {
			what := f.title + ", " + titles[route] + ": "
			ours, node, peer := results[app.Ours][route], results[express][route], results[scs][route]
			if f.faster > 0 && len(node) > 0 {
				t.Above(what+"requests a second, × Express", ratio(ours, node, perSecond).Median, f.faster)
			}
			if f.cheaper > 0 && len(node) > 0 {
				t.Below(what+"the application's processor time, × Express", ratio(ours, node, application).Median, f.cheaper)
			}
			if len(peer) > 0 {
				t.Above(what+"requests a second, × scs", ratio(ours, peer, perSecond).Median, 1)
			}
		}
	}
	return t
}
