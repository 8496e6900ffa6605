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
	example, err := p.example()
	if err != nil {
		return err
	}
	if err := write(filepath.Join(o.docs, "scaling"), p.plots); err != nil {
		return err
	}
	return report.Compute(filepath.Join(o.docs, "scaling.md"), map[string]string{
		"costs": p.costs(), "demand": p.demand(), "touches": p.touches(), "plans": p.plans(), "most": p.most(),
		"example": example, "days": days, "others": others,
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
		report.Number(float64(r.Config.Servers.Shards)), rough(r.Peak((*fleet.Tick).Operations)),
		report.Percent(r.Peak(func(t *fleet.Tick) float64 { return t.Load })),
		length(middle(r, func(t *fleet.Tick) float64 { return t.P50 })),
		length(middle(r, func(t *fleet.Tick) float64 { return t.P99 })),
		length(r.Peak(func(t *fleet.Tick) float64 { return t.P99 })),
		rough(failed(r)), rough(r.Undone[costs.Delete]),
		length(h.Quantile(0.5)), length(h.Quantile(0.99)), length(h.Max()),
	}
}

// days simulates the sizes on all engines that can have them.
func (p *pageOf) days(ctx context.Context) (string, error) {
	t := report.Table{Head: append([]string{"sessions", "engine"}, dayHead...)}
	var b strings.Builder
	for _, n := range sizes {
		for _, e := range p.planned() {
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
		t.Row(append(row, rough(r.Totals.ServedLate*r.Weight))...)
	}
	return t.String(), nil
}
