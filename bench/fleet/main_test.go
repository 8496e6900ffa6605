package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/fleet"
)

// figures writes costs that nobody has measured.
func figures(t *testing.T) (file string) {
	t.Helper()
	f := &costs.Figures{Stamp: "made up"}
	for i, name := range []string{"memory", "sqlite", "redis", "postgres", "mysql", "mongodb"} {
		e := costs.Engine{Name: name, Title: strings.ToUpper(name), Sessions: 10, Bytes: 400, Noted: 100, Operations: make(map[costs.Operation]costs.Cost)}
		for o := range costs.Operations {
			e.Operations[o] = costs.Cost{ServerCPU: 1e4 * float64(i+1), ClientCPU: 3e3 * float64(i+1), Written: 100, Sent: 100, Received: 100}
		}
		f.Engines = append(f.Engines, e)
	}
	file = filepath.Join(t.TempDir(), "costs.json")
	if err := f.Write(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// The page that is written by hand has a place for all that is computed, and what
// is computed for it is there afterwards, plots included. A second time nothing
// changes.
func TestPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := t.TempDir()
	page := filepath.Join(docs, "scaling.md")
	if err := os.WriteFile(page, text, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-costs", figures(t), "-docs", docs, "-sample", "400", "-detail", "5"}
	var first []byte
	for n := range 2 {
		if err := run(t.Context(), args, os.Stdout); err != nil {
			t.Fatal(err)
		}
		again, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && !bytes.Equal(first, again) {
			t.Error("a second time it is another page")
		}
		first = again
	}
	for _, want := range []string{"| 1,000,000 | MEMORY |", "| 1,000,000,000 | POSTGRES |", "not possible", "made up", "100,000,000 sessions on REDIS, in the busiest"} {
		if !bytes.Contains(first, []byte(want)) {
			t.Errorf("no %q", want)
		}
	}
	if bytes.Contains(first, []byte("NaN")) {
		t.Error("something is not a number")
	}
	for _, name := range []string{"redis-load", "redis-memory", "postgres-delays", "postgres-revocations"} {
		if !bytes.Contains(first, []byte("(scaling/"+name+".svg)")) {
			t.Errorf("the page does not show %s", name)
		}
		if svg, err := os.ReadFile(filepath.Join(docs, "scaling", name+".svg")); err != nil || !bytes.Contains(svg, []byte("<polyline")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	small := []string{"-costs", figures(t), "-sample", "1000", "-detail", "20", "-engine", "redis", "-sessions", "5000000"}
	with := func(more ...string) []string { return append(append([]string{}, small...), more...) }
	var out bytes.Buffer
	plots := t.TempDir()
	if err := run(t.Context(), with("-plots", plots), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"REDIS, 5,000,000 sessions", "touches a second, at most", "1000 browsers stand for 5,000,000 sessions"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if all, err := filepath.Glob(filepath.Join(plots, "day-*.svg")); err != nil || len(all) != 4 {
		t.Errorf("%v, %v", all, err)
	}
	for name, more := range map[string][]string{
		"an unknown engine":  {"-engine", "none"},
		"an argument":        {"more"},
		"a wrong duration":   {"-idle", "long"},
		"a wrong number":     {"-peak", "high"},
		"too much in memory": {"-engine", "memory", "-sessions", "1e9"},
		"no file":            {"-costs", filepath.Join(plots, "none.json")},
		"no processors":      {"-cores", "0"},
	} {
		if err := run(t.Context(), with(more...), &out); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Each flag that changes a day does.
func TestFlagsChangeDay(t *testing.T) {
	t.Parallel()
	o, err := parse(strings.Fields("-idle 1h -absolute 2h -touch-after 3m -renew-after 4m -round-trip 5ms -flush 6ms -lag 7ms -cache 8s -failover 9s -confirm 10ms " +
		"-replicas 11 -processes 12 -revoke 0.13 -peak 14 -anonymous -read-replicas -cores 15 -sample 1600 -seed 17 -detail 18"))
	if err != nil {
		t.Fatal(err)
	}
	e := &costs.Engine{Name: "postgres"}
	got := o.config(1e6, e)
	want := fleet.Default(1e6, e)
	want.Policy = fleet.Policy{IdleTimeout: 3600e9, AbsoluteTimeout: 7200e9, TouchAfter: 180e9, RenewAfter: 240e9, Anonymous: true}
	want.Servers = fleet.Servers{
		Engine: e, Shards: 1, Replicas: 11, Cores: 15, Processes: 12, RoundTrip: 5e6, Flush: 6e6, Timeout: want.Servers.Timeout, Lag: 7e6, Cache: 8e9,
		Confirm: 10e6, ReadReplicas: true,
	}
	want.Failure.For, want.Incident.Share, want.Behaviour.Peak.Factor = 9e9, 0.13, 14
	want.Sample, want.Seed, want.Detail = 1600, 17, 18
	got.Behaviour.Visitors, want.Behaviour.Visitors = nil, nil
	if got.Policy != want.Policy || got.Servers != want.Servers || got.Failure != want.Failure || got.Incident != want.Incident || got.Behaviour.Peak != want.Behaviour.Peak ||
		got.Sample != want.Sample || got.Seed != want.Seed || got.Detail != want.Detail {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestRough(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]string{0: "0", 0.00423: "0.0042", 5.71: "5.7", 12: "12", 99.4: "99", 99.7: "100", 123456: "120,000", 2.96e6: "3,000,000"} {
		if got := rough(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{2.5: "2.5 s", 0.0123: "12 ms", 123e-6: "120 µs", 0: "0 µs"} {
		if got := length(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0 kB", 1234: "1.2 kB", 5.8e10: "58 GB", 1.2e12: "1.2 TB"} {
		if got := bytesOf(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}
