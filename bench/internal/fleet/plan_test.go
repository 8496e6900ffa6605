package fleet

import (
	"testing"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// A plan has as many servers as the scarcest thing takes, and says which.
func TestPlan(t *testing.T) {
	t.Parallel()
	l := Limits{Cores: 4, Share: 0.5, Memory: 1e9, Disk: 1e10, Log: 1e7}
	var d Demand
	d.Peak[costs.Get], d.Peak[costs.Save] = 0.9, 0.1
	d.Mean[costs.Save] = 0.05
	for _, tt := range []struct {
		engine   string
		micros   float64
		sessions float64
		shards   int
		limit    string
		possible bool
	}{
		// 1,000 bytes a session; one operation and 300 bytes of log a second.
		{"redis", 20, 1000, 1, "processors", true},
		{"redis", 10, 2e6, 60, "log", true},
		{"redis", 100, 2e6, 400, "processors", true},
		{"postgres", 100, 2e6, 100, "processors", true},
		{"memory", 0.001, 2e6, 60, "log", false},
		{"sqlite", 80, 1e4, 1, "processors", true},
	} {
		plan := d.Plan(engine(tt.engine, tt.micros), Policy{}, tt.sessions, l)
		e := engine(tt.engine, tt.micros)
		if plan.Shards != tt.shards || plan.Limit != tt.limit || plan.Possible(e) != tt.possible {
			t.Errorf("%v: %d shards because of %s, possible: %v", tt, plan.Shards, plan.Limit, plan.Possible(e))
		}
		if want := tt.sessions * 1000; plan.Bytes != want {
			t.Errorf("%v: %v bytes, want %v", tt, plan.Bytes, want)
		}
	}
	l.Log = 1e12
	if plan := d.Plan(engine("memory", 0.001), Policy{Anonymous: true}, 2e6, l); plan.Limit != "memory" || plan.Shards != 2 {
		t.Errorf("%d shards because of %s", plan.Shards, plan.Limit)
	}
	if n, limit := d.Most(engine("redis", 10), Policy{}, l); n < 4.9e4 || n > 5.1e4 || limit != "processors" {
		t.Errorf("one server holds %v because of %s", n, limit)
	}
}

// With the servers that are planned a day goes well: nothing fails, and nothing
// waits for long.
func TestPlannedServersSuffice(t *testing.T) {
	t.Parallel()
	e := engine("redis", 8)
	c := small(2e7, e)
	c.Sample = 20_000
	d, err := Ask(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	l := DefaultLimits()
	l.Log, l.Memory = 1e12, 1e12
	plan := d.Plan(e, c.Policy, c.Sessions, l)
	c.Servers.Shards = plan.Shards
	c.Failure.For = 0
	r := simulate(t, c)
	if load := r.Peak(func(t *Tick) float64 { return t.Load }); load < 0.4 || load > 0.7 {
		t.Errorf("%d servers, planned for %v, are at %v", plan.Shards, l.Share, load)
	}
	if failed := r.Peak(func(t *Tick) float64 { return t.Failed }); failed > 0 {
		t.Errorf("%v requests fail in a second", failed)
	}
}
