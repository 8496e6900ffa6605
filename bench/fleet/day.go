package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/fleet"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// day simulates one day, prints what it was like and draws it.
func (o *settings) day(ctx context.Context, engine *costs.Engine, out io.Writer) error {
	c := o.config(o.sessions, engine)
	if c.Servers.Shards = o.shards; o.shards == 0 {
		demand, err := fleet.Ask(ctx, c)
		if err != nil {
			return err
		}
		plan := demand.Plan(engine, c.Policy, c.Sessions, o.limits)
		if !plan.Possible(engine) {
			return fmt.Errorf("%s cannot hold %s sessions on one machine, because of %s: give -shards 1 to see what happens", engine.Title, report.Number(c.Sessions), plan.Limit)
		}
		c.Servers.Shards = plan.Shards
	}
	begun := time.Now()
	r, err := fleet.Run(ctx, c)
	if err != nil {
		return err
	}
	table := report.Table{Head: []string{"", fmt.Sprintf("%s, %s sessions", engine.Title, report.Number(c.Sessions))}}
	for _, row := range facts(r) {
		table.Row(row[0], row[1])
	}
	fmt.Fprintf(out, "%s\n%d browsers stand for %s sessions; simulated in %v\n", table.String(), c.Sample, report.Number(c.Sessions), time.Since(begun).Round(time.Second/10))
	if o.plots == "" {
		return nil
	}
	return write(o.plots, plots(r, "day"))
}

// facts are what a day was like, in words and figures.
func facts(r *fleet.Result) [][2]string {
	peak := func(f func(*fleet.Tick) float64) string { return rough(r.Peak(f)) }
	scaled := func(n float64) string { return rough(n * r.Weight) }
	h := r.Revocations()
	rows := [][2]string{
		{"servers that share them", report.Number(float64(r.Config.Servers.Shards))},
		{"people", rough(r.Users)},
		{"sessions at most", peak(func(t *fleet.Tick) float64 { return t.Live })},
		{"bytes at most", peak(func(t *fleet.Tick) float64 { return r.Bytes(t.Live) })},
		{"sessions begun", scaled(r.Totals.Begun)},
		{"expired", scaled(r.Totals.Expired)},
		{"logged out", scaled(r.Totals.LoggedOut)},
		{"revoked", scaled(r.Totals.Revoked)},
		{"lost with the process", scaled(r.Totals.Lost)},
		{"requests a second, at most", peak(func(t *fleet.Tick) float64 { return t.Requests })},
		{"logins a second, at most", peak(func(t *fleet.Tick) float64 { return t.Logins })},
		{"operations a second, at most", peak((*fleet.Tick).Operations)},
		{"touches a second, at most", peak(func(t *fleet.Tick) float64 { return t.Rates[costs.Touch] })},
		{"load of the busiest server, at most", report.Percent(r.Peak(func(t *fleet.Tick) float64 { return t.Load }))},
		{"p50 of an operation, median of the day", length(middle(r, func(t *fleet.Tick) float64 { return t.P50 }))},
		{"p99 of an operation, median of the day", length(middle(r, func(t *fleet.Tick) float64 { return t.P99 }))},
		{"p99, the worst half minute", length(r.Peak(func(t *fleet.Tick) float64 { return t.P99 }))},
		{"requests that failed", rough(failed(r))},
		{"logouts that the failover undid", rough(r.Undone[costs.Delete])},
		{"revocations that it undid", rough(r.Undone[costs.SetNotBefore])},
		{"revocation, p50", length(h.Quantile(0.5))},
		{"revocation, p99", length(h.Quantile(0.99))},
		{"revocation, at most", length(h.Max())},
		{"requests served after it was asked for", scaled(r.Totals.ServedLate)},
	}
	return rows
}

// failed is how many requests were answered with an error in the day.
func failed(r *fleet.Result) float64 {
	return r.Mean(func(t *fleet.Tick) float64 { return t.Failed }) * 24 * 3600
}

// middle returns the median of what f returns of the ticks.
func middle(r *fleet.Result, f func(*fleet.Tick) float64) float64 {
	h := new(fleet.Histogram)
	for i := range r.Ticks {
		h.Add(f(&r.Ticks[i]), 1)
	}
	return h.Quantile(0.5)
}

// points is how many a line has.
const points = 24 * 12

// line returns what f returns of the ticks, joined to fewer points by join.
func line(r *fleet.Result, f func(*fleet.Tick) float64, join func(a, b float64) float64) []float64 {
	values := make([]float64, points)
	each := len(r.Ticks) / points
	for i := range values {
		for n := range each {
			v := f(&r.Ticks[i*each+n])
			if n == 0 {
				values[i] = v
			} else {
				values[i] = join(values[i], v)
			}
		}
	}
	return values
}

// mean is line for means.
func mean(r *fleet.Result, f func(*fleet.Tick) float64) []float64 {
	values := line(r, f, func(a, b float64) float64 { return a + b })
	for i := range values {
		values[i] /= float64(len(r.Ticks) / points)
	}
	return values
}

// plots draws a day: its load, memory, delays and revocations.
func plots(r *fleet.Result, name string) map[string]string {
	c := &r.Config
	what := fmt.Sprintf("%s, %s sessions on %d", c.Servers.Engine.Title, report.Number(c.Sessions), c.Servers.Shards)
	var marks []report.TimeMark
	mark := func(at time.Duration, label string) {
		marks = append(marks, report.TimeMark{Hour: at.Hours(), Label: label})
	}
	if c.Incident.Share > 0 {
		mark(c.Incident.At, "incident")
	}
	if c.Failure.For > 0 {
		mark(c.Failure.At, "failure")
	}
	if c.Behaviour.Peak.Factor > 0 {
		mark(c.Behaviour.Peak.At, "peak")
	}
	rate := func(of ...costs.Operation) []float64 {
		return mean(r, func(t *fleet.Tick) (sum float64) {
			for _, o := range of {
				sum += t.Rates[o]
			}
			return sum
		})
	}
	load := report.TimePlot{Title: "Load: " + what, Unit: "operations a second", Logarithmic: true, Marks: marks, Series: []report.TimeSeries{
		{Name: "read", Values: rate(costs.Get, costs.NotBefore)},
		{Name: "touch, note", Values: rate(costs.Touch, costs.Note)},
		{Name: "save", Values: rate(costs.Save)},
		{Name: "create, delete", Values: rate(costs.Create, costs.Delete)},
		{Name: "revoke", Values: rate(costs.SetNotBefore)},
		{Name: "failed requests", Values: mean(r, func(t *fleet.Tick) float64 { return t.Failed })},
	}}
	memory := report.TimePlot{Title: "Sessions: " + what, Unit: "gigabytes", Marks: marks, Series: []report.TimeSeries{
		{Name: "that are alive", Values: mean(r, func(t *fleet.Tick) float64 { return r.Bytes(t.Live+t.Forwards) / 1e9 })},
	}}
	delays := report.TimePlot{Title: "Delays: " + what, Unit: "ms an operation", Logarithmic: true, Marks: marks, Series: []report.TimeSeries{
		{Name: "p50", Values: line(r, func(t *fleet.Tick) float64 { return 1e3 * t.P50 }, math.Max)},
		{Name: "p99", Values: line(r, func(t *fleet.Tick) float64 { return 1e3 * t.P99 }, math.Max)},
	}}
	hour := func(f func(*fleet.Histogram) float64) []float64 {
		values := make([]float64, len(r.Hours))
		for i := range values {
			values[i] = 1e3 * f(&r.Hours[i])
		}
		return values
	}
	revocations := report.TimePlot{Title: "Log out everywhere: " + what, Unit: "ms until it holds, by the hour", Logarithmic: true, Marks: marks, Series: []report.TimeSeries{
		{Name: "p50", Values: hour(func(h *fleet.Histogram) float64 { return h.Quantile(0.5) })},
		{Name: "p99", Values: hour(func(h *fleet.Histogram) float64 { return h.Quantile(0.99) })},
		{Name: "longest", Values: hour((*fleet.Histogram).Max)},
	}}
	return map[string]string{
		name + "-load": load.SVG(), name + "-memory": memory.SVG(), name + "-delays": delays.SVG(), name + "-revocations": revocations.SVG(),
	}
}

// write writes plots into a directory.
func write(dir string, plots map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, svg := range plots {
		if err := os.WriteFile(filepath.Join(dir, name+".svg"), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return nil
}
