package scale

import (
	"context"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// Options say how much is measured.
type Options struct {
	// Libraries are those to be measured, where their sessions expire.
	Libraries []app.Library
	// Sessions are the numbers of sessions, the smallest first.
	Sessions []int
	// PeerSessions is how many the peers have at most, 0 as many as ours: some of
	// them take gigabytes and half an hour for what is measured here.
	PeerSessions int
	// Window is how long each measurement takes.
	Window time.Duration
	// Progress is told what is done next.
	Progress func(string)
}

// Measure measures all libraries whose sessions expire.
func Measure(ctx context.Context, o Options) (*report.Section, error) {
	results := make(map[string][]Result)
	for _, n := range o.Sessions {
		for _, l := range o.Libraries {
			if !l.Expires || l.Name != app.Ours && !o.forPeers(n) {
				continue
			}
			o.Progress(fmt.Sprintf("%d sessions, %s", n, l.Name))
			r, err := isolate.Run[Result](ctx, jobName, Job{l.Name, n, o.Window})
			if err != nil {
				return nil, err
			}
			results[l.Name] = append(results[l.Name], r)
		}
	}
	return section(o, results), nil
}

func section(o Options, results map[string][]Result) *report.Section {
	s := &report.Section{Name: "scale", Title: "With many sessions"}
	s.Printf("Libraries whose sessions expire, each in a process of its own that holds nothing else; Go's garbage collector has its default settings. "+
		"*Bytes* and *objects* are what a session takes of the heap, id and record included. *GC* is how long one collection takes. At full speed, on all cores, one "+
		"request in %d writes; the collector's share is of the processor time used, and its time that for one request.\n\n", writes)
	s.Printf("%s", targets(results).String())
	memory := report.Table{Head: []string{"", "sessions", "bytes", "objects", "created in, ns", "GC, ms", "request, ns", "GC's share", "GC a request, ns", "longest stop, µs"}}
	each(o, results, func(l app.Library, r Result) {
		memory.Row(report.Name(l.Name), report.Number(float64(r.Sessions)), report.Number(r.Bytes), report.Number(r.Objects), report.Number(r.Create), report.Number(r.Collect),
			report.Number(r.Request), report.Percent(r.Share), report.Number(r.GCPerRequest()), report.Number(r.Pause))
	})
	s.Printf("%s", memory.String())
	last := o.common()
	plot := report.Plot{Title: fmt.Sprintf("A session's memory, with %s of them", report.Number(float64(o.Sessions[last]))), Unit: "bytes, logarithmic", Series: []string{"bytes"}}
	for _, l := range o.Libraries {
		if rs := results[l.Name]; len(rs) > last {
			plot.Rows = append(plot.Rows, report.PlotRow{Label: l.Name, Values: []float64{rs[last].Bytes}, Strong: l.Name == app.Ours})
		}
	}
	s.Add("scale-bytes", "Bytes a session", plot.SVG())

	s.Printf("### How long requests wait\n\nOne request is due each %v, most of them reads, of all sessions at random; its delay counts from then, so that those that queue behind a slow one count. "+
		"*Machine*: requests do nothing at all, so that what shows is the machine's own. *Quiet*: nothing else happens, but libraries that sweep do, every %v where that can be set and every %v in fiber. *Expiring*: half as many sessions again expire within about a second. "+
		"*Creating*: all other cores create sessions at full speed. Windows of %v; that of the expiry lasts until the library has swept. In microseconds.\n\n", interval, sweep, fixed, o.Window)
	delays := report.Table{Head: []string{"", "sessions", "", "p50", "p99", "p99.9", "longest", "p99.9, × quiet"}}
	waits := report.Plot{Title: fmt.Sprintf("99.9th percentile of delays, with %s sessions", report.Number(float64(o.Sessions[last]))), Unit: "microseconds, logarithmic", Series: []string{"quiet", "expiring", "creating"}}
	each(o, results, func(l app.Library, r Result) {
		for _, w := range []struct {
			name string
			d    measure.Delays
		}{{"machine", r.Machine}, {"quiet", r.Quiet}, {"expiring", r.Expiring}, {"creating", r.Creating}} {
			delays.Row(report.Name(l.Name), report.Number(float64(r.Sessions)), w.name, report.Number(w.d.P50), report.Number(w.d.P99), report.Number(w.d.P999), report.Number(w.d.Max),
				report.Number(w.d.P999/r.Quiet.P999))
		}
		if r.Sessions == o.Sessions[last] {
			waits.Rows = append(waits.Rows, report.PlotRow{Label: l.Name, Values: []float64{r.Quiet.P999, r.Expiring.P999, r.Creating.P999}, Strong: l.Name == app.Ours})
		}
	})
	s.Printf("%s", delays.String())
	s.Add("scale-delays", "How long one request in a thousand waits", waits.SVG())
	return s
}

// common is the index of the largest number of sessions that all libraries have.
func (o Options) common() int {
	last := 0
	for i, n := range o.Sessions {
		if o.forPeers(n) {
			last = i
		}
	}
	return last
}

// forPeers reports whether the peers are to have that many.
func (o Options) forPeers(n int) bool { return o.PeerSessions == 0 || n <= o.PeerSessions }

// each calls f for all results, those of one number of sessions together.
func each(o Options, results map[string][]Result, f func(app.Library, Result)) {
	for i := range o.Sessions {
		for _, l := range o.Libraries {
			if rs := results[l.Name]; i < len(rs) {
				f(l, rs[i])
			}
		}
	}
}

func targets(results map[string][]Result) *report.Targets {
	t := new(report.Targets)
	ours := results[app.Ours]
	if len(ours) == 0 {
		return t
	}
	first, last := ours[0], ours[len(ours)-1]
	best := 0.0
	for library, rs := range results {
		if bytes := rs[len(rs)-1].Bytes; library != app.Ours && (best == 0 || bytes < best) {
			best = bytes
		}
	}
	if best > 0 {
		t.Below("bytes a session, × the best peer's", last.Bytes/best, 1)
	}
	for _, r := range ours {
		n := report.Number(float64(r.Sessions))
		t.Below("p99.9 while "+n+" sessions' worth expires, × quiet", r.Expiring.P999/r.Quiet.P999, 2)
		t.Below("p99.9 while sessions are created beside "+n+", × quiet", r.Creating.P999/r.Quiet.P999, 2)
	}
	if len(ours) > 1 {
		span := fmt.Sprintf(", %s sessions to %s", report.Number(float64(last.Sessions)), report.Number(float64(first.Sessions)))
		t.Below("bytes a session"+span, last.Bytes/first.Bytes, 1.15)
		t.Below("time to create one"+span, last.Create/first.Create, 1.15)
	}
	return t
}
