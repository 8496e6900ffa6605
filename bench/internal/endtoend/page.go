package endtoend

import (
	"fmt"
	"math"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// A figure is one of those that a sample consists of.
type figure func(sample) float64

func perSecond(s sample) float64   { return s.perSecond }
func p50(s sample) float64         { return s.p50 }
func p99(s sample) float64         { return s.p99 }
func application(s sample) float64 { return s.application }
func server(s sample) float64      { return s.server }
func commands(s sample) float64    { return s.commands }

func (f figure) of(rounds []sample) []float64 {
	values := make([]float64, len(rounds))
	for i, s := range rounds {
		values[i] = f(s)
	}
	return values
}

// sum sums up the rounds.
func (f figure) sum(rounds []sample) measure.Spread { return measure.Sum(f.of(rounds)) }

// ratio is that of a, × that of b in the same round, and NaN if one has no rounds.
func (f figure) ratio(a, b []sample) measure.Spread {
	if len(a) == 0 || len(b) == 0 {
		return measure.Spread{Median: math.NaN(), Min: math.NaN(), Max: math.NaN()}
	}
	return measure.Ratio(f.of(a), f.of(b))
}

// spread writes a spread, or that there is none.
func spread(s measure.Spread) string {
	if math.IsNaN(s.Median) {
		return report.Number(s.Median)
	}
	return report.Range(s)
}

var titles = map[app.Route]string{app.Pass: "no session", app.Read: "read", app.ReadWrite: "read and write"}

func section(o Options, versions string, all map[string]outcome) *report.Section {
	s := &report.Section{Name: "end-to-end", Title: "End to end"}
	s.Printf("Requests over HTTP on the loopback interface, from [wrk](https://github.com/wg/wrk) with %d connections, with the cookies of %s sessions in turn. "+
		"Each application is a process of its own and has an engine of its own; wrk, the application and the engine share all processors, and none is bound to one. "+
		"Express runs as one process, as it comes, with the settings that the README of each package recommends. "+
		"*Read* reads one key of the session, *read and write* reads one and writes it. What a read does beyond that is each library's default: Express touches the session with "+
		"each request, ours once a minute, and scs not at all. Medians of %d rounds of %v with the extremes, all applications of an engine in turn. "+
		"*Application* and *engine* are the processor time that 10,000 requests take there, in seconds; *commands* are those that the engine counts for one request. "+
		"Beside the libraries above: %s.\n\n",
		o.Connections, report.Number(float64(o.Sessions)), o.Rounds, o.Time, versions)
	s.Printf("%s", targets(o, all).String())
	for _, route := range []app.Route{app.Read, app.ReadWrite} {
		s.Add("end-to-end-"+route.String(), "Requests a second, "+titles[route], plot(o, all, route).SVG())
	}
	for _, f := range o.fields() {
		f.report(s, o, all[f.engine])
	}
	reportTouches(s, o, all)
	return s
}

func plot(o Options, all map[string]outcome, route app.Route) *report.Plot {
	p := &report.Plot{Title: "Requests a second, " + titles[route], Unit: "logarithmic", Series: []string{app.Ours, cached, express, scs}}
	for _, f := range o.fields() {
		row := report.PlotRow{Label: f.engine, Strong: f.faster > 0}
		for _, name := range p.Series {
			value := 0.0
			if rounds := all[f.engine].samples[name][route]; len(rounds) > 0 {
				value = figure(perSecond).sum(rounds).Median
			}
			row.Values = append(row.Values, value)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// remark is what else there is to know of the figures of an engine.
func (f field) remark(o Options) string {
	switch fewer := f.options(o); f.engine {
	case engine.Redis:
		return " Commands that a script calls count beside it."
	case engine.SQLite:
		return " The engine is part of the application."
	case engine.MongoDB:
		return fmt.Sprintf(" With %s sessions and %d connections: this is a stand-in for MongoDB, behind a proxy that lets one command through at a time, "+
			"and says more of what the applications ask for than of how fast MongoDB is.", report.Number(float64(fewer.Sessions)), fewer.Connections)
	}
	return ""
}

func (f field) report(s *report.Section, o Options, out outcome) {
	s.Printf("### %s\n\nKept: %s.%s\n\n", out.title, out.durability, f.remark(o))
	t := report.Table{Head: []string{"", "request", "per second", "× Express", "p50, ms", "p99, ms", "application", "engine", "commands"}}
	for _, c := range f.contenders {
		compared := express
		if c.bare {
			compared = bareExpress
		}
		for _, route := range c.routes() {
			rounds := out.samples[c.name][route]
			t.Row(report.Name(c.name), titles[route],
				spread(figure(perSecond).sum(rounds)), spread(figure(perSecond).ratio(rounds, out.samples[compared][route])),
				report.Number(figure(p50).sum(rounds).Median), report.Number(figure(p99).sum(rounds).Median),
				spread(figure(application).sum(rounds)), spread(figure(server).sum(rounds)), report.Number(figure(commands).sum(rounds).Median))
		}
	}
	s.Printf("%s", t.String())
}

func reportTouches(s *report.Section, o Options, all map[string]outcome) {
	s.Printf("### A touch\n\n%s sessions are read once each, by applications that touch a session with each request: ours with TouchAfter below 0, Express with sessions that "+
		"have a lifetime, and scs with an IdleTimeout, with which it writes the whole session. *Bytes* are those that the engine writes so that the touch is not lost: "+
		"to the append-only file of Redis, and to the write-ahead log of a database.\n\n", report.Number(float64(o.Sessions)))
	t := report.Table{Head: []string{"", "engine", "bytes a touch", "commands a request"}}
	for _, f := range o.fields() {
		if f.engine == engine.Memory {
			continue
		}
		for _, c := range f.contenders {
			if touched, ok := all[f.engine].touches[c.name]; ok {
				t.Row(report.Name(c.name), all[f.engine].title, report.Number(touched.written), report.Number(touched.commands))
			}
		}
	}
	s.Printf("%s", t.String())
}

func targets(o Options, all map[string]outcome) *report.Targets {
	t := new(report.Targets)
	for _, f := range o.fields() {
		out := all[f.engine]
		for _, route := range []app.Route{app.Read, app.ReadWrite} {
			what := out.title + ", " + titles[route] + ": "
			ours, node, peer := out.samples[app.Ours][route], out.samples[express][route], out.samples[scs][route]
			if f.faster > 0 && len(node) > 0 {
				t.Above(what+"requests a second, × Express", figure(perSecond).ratio(ours, node).Median, f.faster)
			}
			if f.cheaper > 0 && len(node) > 0 {
				t.Below(what+"the application's processor time, × Express", figure(application).ratio(ours, node).Median, f.cheaper)
			}
			if len(peer) > 0 {
				t.Above(what+"requests a second, × scs", figure(perSecond).ratio(ours, peer).Median, 1)
			}
		}
	}
	return t
}
