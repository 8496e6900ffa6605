package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/fleet"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// sizes are the numbers of sessions that the page works through.
var sizes = []float64{1e6, 1e8, 1e9}

// drawn are the days that the page shows.
var drawn = []struct {
	engine   string
	sessions float64
}{{"redis", 1e8}, {"postgres", 1e8}}

// pageOf is what the tables of the page are made of.
type pageOf struct {
	*settings
	figures *costs.Figures
	policy  fleet.Policy
	// throttled is what sessions ask for with the touches that are the
	// default, every what they would if each request touched, and short with
	// an idle timeout of half an hour.
	throttled, every, short fleet.Demand
	// plots are those that were drawn.
	plots map[string]string
}

// page computes the tables of docs/scaling.md and draws its plots.
func (o *settings) page(ctx context.Context, figures *costs.Figures) error {
	p := &pageOf{settings: o, figures: figures, plots: make(map[string]string)}
	if err := p.ask(ctx); err != nil {
		return err
	}
	days, err := p.days(ctx)
	if err != nil {
		return err
	}
	others, err := p.others(ctx)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(o.docs, "scaling"), p.plots); err != nil {
		return err
	}
	return report.Compute(filepath.Join(o.docs, "scaling.md"), map[string]string{
		"costs": p.costs(), "demand": p.demand(), "touches": p.touches(), "plans": p.plans(), "most": p.most(),
		"days": days, "others": others,
	})
}

// progress tells what is being simulated.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s: %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

// ask finds out what sessions ask for.
func (p *pageOf) ask(ctx context.Context) error {
	c := p.config(1, nil)
	p.policy = c.Policy
	for into, change := range map[*fleet.Demand]func(*fleet.Policy){
		&p.throttled: func(*fleet.Policy) {},
		&p.every:     func(p *fleet.Policy) { p.TouchAfter = -1 },
		&p.short:     func(p *fleet.Policy) { p.IdleTimeout = 30 * time.Minute },
	} {
		progress("what sessions ask for")
		c := c
		change(&c.Policy)
		d, err := fleet.Ask(ctx, c)
		if err != nil {
			return err
		}
		*into = d
	}
	return nil
}

// shown are the operations in the table of costs.
var shown = []costs.Operation{costs.Get, costs.NotBefore, costs.Create, costs.Save, costs.Touch, costs.Delete, costs.Note, costs.SetNotBefore}

func (p *pageOf) costs() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", p.figures.Stamp)
	head := []string{""}
	for _, o := range shown {
		head = append(head, o.String())
	}
	space := report.Table{Head: []string{"", "sessions there", "bytes a session", "more if it is a user's", "of"}}
	cpu, log := report.Table{Head: head}, report.Table{Head: head}
	for i := range p.figures.Engines {
		e := &p.figures.Engines[i]
		of := "disk"
		if e.InMemory() {
			of = "memory"
		}
		space.Row(e.Title, report.Number(float64(e.Sessions)), report.Number(e.Bytes), report.Number(e.Noted), of)
		times, bytes := []string{e.Title}, []string{e.Title}
		for _, o := range shown {
			times = append(times, report.Number(e.CPU(o)/1e3))
			bytes = append(bytes, report.Number(e.Operations[o].Written))
		}
		cpu.Row(times...)
		log.Row(bytes...)
	}
	fmt.Fprintf(&b, "%sMicroseconds of the server's processors, or of the program's where there is no server:\n\n%sBytes that go to the engine's log (WAL, redo log, AOF):\n\n%s",
		space.String(), cpu.String(), log.String())
	return b.String()
}

func (p *pageOf) demand() string {
	t := report.Table{Head: []string{"a session, in a day", "touches throttled", "a touch on every request", "idle timeout of 30 minutes"}}
	row := func(what string, of func(*fleet.Demand) float64) {
		t.Row(what, report.Number(of(&p.throttled)), report.Number(of(&p.every)), report.Number(of(&p.short)))
	}
	row("requests that use it", func(d *fleet.Demand) float64 { return d.PerDay })
	for _, o := range append(shown, costs.Forget) {
		row(o.String(), func(d *fleet.Demand) float64 { return d.Mean[o] * 24 * 3600 })
	}
	return t.String()
}

func (p *pageOf) touches() string {
	t := report.Table{Head: []string{"sessions", "requests a second", "touches a second, throttled", "on every request", "logins a second"}}
	for _, n := range sizes {
		t.Row(report.Number(n), number2(n*p.throttled.Requests), number2(n*p.throttled.Peak[costs.Touch]), number2(n*p.every.Peak[costs.Touch]), number2(n*p.throttled.Logins))
	}
	return t.String()
}

// number2 writes a number of which two digits count.
func number2(x float64) string { return report.Number(significant(x)) }

// bytes writes a number of bytes in the unit that suits it.
func bytes(x float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e15, "PB"}, {1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}} {
		if x >= unit.size {
			return number2(x/unit.size) + " " + unit.name
		}
	}
	return number2(x/1e3) + " kB"
}

// replicas is how many follow each server: a majority needs two.
func replicas(e *costs.Engine) int {
	switch {
	case e.Embedded():
		return 0
	case e.Name == "mongodb":
		return 2
	}
	return 1
}

func (p *pageOf) plans() string {
	l := &p.limits
	var b strings.Builder
	fmt.Fprintf(&b, "A server is planned to have %d processors of which %s are busy in the busiest five minutes (Redis uses one), %s of sessions in memory or %s on disk, and %s of log a second.\n\n",
		l.Cores, report.Percent(l.Share), bytes(l.Memory), bytes(l.Disk), bytes(l.Log))
	t := report.Table{Head: []string{"sessions", "engine", "memory or disk", "processors", "if every request touched", "servers", "because of", "with replicas", "log a second", "log a day", "network a second", "program's processors"}}
	for _, n := range sizes {
		for i := range p.figures.Engines {
			e := &p.figures.Engines[i]
			plan := p.throttled.Plan(e, p.policy, n, *l)
			every := p.every.Plan(e, p.policy, n, *l)
			servers, all := report.Number(float64(plan.Shards)), report.Number(float64(plan.Shards*(1+replicas(e))))
			if !plan.Possible(e) {
				servers, all = "not possible", "–"
			}
			t.Row(report.Number(n), e.Title, bytes(plan.Bytes), number2(plan.Busy), number2(every.Busy), servers, plan.Limit, all,
				bytes(plan.Log), bytes(plan.LogDay), bytes(plan.Network), number2(plan.Program))
		}
	}
	b.WriteString(t.String())
	return b.String()
}

func (p *pageOf) most() string {
	t := report.Table{Head: []string{"", "sessions on one server", "because of", "if every request touched"}}
	for i := range p.figures.Engines {
		e := &p.figures.Engines[i]
		n, limit := p.throttled.Most(e, p.policy, p.limits)
		every, _ := p.every.Most(e, p.policy, p.limits)
		t.Row(e.Title, number2(n), limit, number2(every))
	}
	return t.String()
}

// simulate simulates a day with the servers that are planned.
func (p *pageOf) simulate(ctx context.Context, e *costs.Engine, sessions float64, change func(*fleet.Config)) (*fleet.Result, error) {
	c := p.config(sessions, e)
	c.Servers.Shards = p.throttled.Plan(e, p.policy, sessions, p.limits).Shards
	change(&c)
	return fleet.Run(ctx, c)
}

// dayHead and dayRow are the tables of simulated days.
var dayHead = []string{"servers", "operations a second", "load", "p50", "p99", "p99, worst", "failed requests", "logouts undone", "revocation p50", "p99", "longest"}

func dayRow(r *fleet.Result) []string {
	h := r.Revocations()
	return []string{
		report.Number(float64(r.Config.Servers.Shards)), number2(r.Peak((*fleet.Tick).Operations)),
		report.Percent(r.Peak(func(t *fleet.Tick) float64 { return t.Load })),
		length(middle(r, func(t *fleet.Tick) float64 { return t.P50 })),
		length(middle(r, func(t *fleet.Tick) float64 { return t.P99 })),
		length(r.Peak(func(t *fleet.Tick) float64 { return t.P99 })),
		number2(failed(r)), number2(r.Undone[costs.Delete]),
		length(h.Quantile(0.5)), length(h.Quantile(0.99)), length(h.Max()),
	}
}

// days simulates the sizes on all engines that can have them.
func (p *pageOf) days(ctx context.Context) (string, error) {
	t := report.Table{Head: append([]string{"sessions", "engine"}, dayHead...)}
	var b strings.Builder
	for _, n := range sizes {
		for i := range p.figures.Engines {
			e := &p.figures.Engines[i]
			if plan := p.throttled.Plan(e, p.policy, n, p.limits); !plan.Possible(e) {
				continue
			}
			progress("a day of %s sessions on %s", report.Number(n), e.Title)
			r, err := p.simulate(ctx, e, n, func(*fleet.Config) {})
			if err != nil {
				return "", err
			}
			t.Row(append([]string{report.Number(n), e.Title}, dayRow(r)...)...)
			for _, d := range drawn {
				if d.engine == e.Name && d.sessions == n {
					p.draw(&b, r)
				}
			}
		}
	}
	return t.String() + "\n" + b.String(), nil
}

// draw draws a day and refers to the plots.
func (p *pageOf) draw(b *strings.Builder, r *fleet.Result) {
	name := r.Config.Servers.Engine.Name
	for _, part := range []struct{ suffix, alt string }{
		{"load", "load over the day"}, {"memory", "size over the day"}, {"delays", "delays over the day"}, {"revocations", "revocation latency over the day"},
	} {
		fmt.Fprintf(b, "![%s, %s](scaling/%s-%s.svg)\n\n", r.Config.Servers.Engine.Title, part.alt, name, part.suffix)
	}
	for plot, svg := range plots(r, name) {
		p.plots[plot] = svg
	}
}

// others simulates other ways to have the same fleet.
func (p *pageOf) others(ctx context.Context) (string, error) {
	e, err := p.figures.Engine("redis")
	if err != nil {
		return "", err
	}
	const sessions = 1e8
	t := report.Table{Head: append([]string{"Redis, " + report.Number(sessions) + " sessions"}, append(dayHead, "served late")...)}
	for _, way := range []struct {
		name   string
		change func(*fleet.Config)
	}{
		{"as planned", func(*fleet.Config) {}},
		{"a touch on every request", func(c *fleet.Config) { c.Policy.TouchAfter = -1 }},
		{"a third of the servers", func(c *fleet.Config) { c.Servers.Shards = max(c.Servers.Shards/3, 1) }},
		{"a failover of five minutes", func(c *fleet.Config) { c.Failure.For = 5 * time.Minute }},
		{"logouts wait for a replica", func(c *fleet.Config) { c.Servers.Confirm = c.Servers.RoundTrip }},
		{"a cache in each process", func(c *fleet.Config) { c.Servers.Cache = 5 * time.Second }},
		{"reads from replicas, which Sojourn never does", func(c *fleet.Config) { c.Servers.ReadReplicas = true }},
		{"reads from replicas that are 5 s behind", func(c *fleet.Config) { c.Servers.ReadReplicas, c.Servers.Lag = true, 5*time.Second }},
	} {
		progress("a day on Redis, %s", way.name)
		r, err := p.simulate(ctx, e, sessions, way.change)
		if err != nil {
			return "", err
		}
		row := append([]string{way.name}, dayRow(r)...)
		t.Row(append(row, number2(r.Totals.ServedLate*r.Weight))...)
	}
	return t.String(), nil
}
