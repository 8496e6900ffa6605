package fleet

import (
	"reflect"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// engine returns an engine on which each operation takes so many microseconds.
func engine(name string, micros float64) *costs.Engine {
	e := &costs.Engine{Name: name, Title: name, Bytes: 800, Noted: 200, Operations: make(map[costs.Operation]costs.Cost)}
	for o := range costs.Operations {
		e.Operations[o] = costs.Cost{Commands: 1, ServerCPU: micros * 1e3, ClientCPU: micros * 1e3, Written: 300, Sent: 100, Received: 100}
	}
	return e
}

// small is a day of few people.
func small(sessions float64, e *costs.Engine) Config {
	c := Default(sessions, e)
	c.Sample, c.Detail = 4000, 150
	return c
}

func simulate(t *testing.T, c Config) *Result {
	t.Helper()
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Sessions are neither made nor lost by the simulation: those that were there
// and those that have begun are there or have ended, one by one counted.
func TestSessionsAreConserved(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"default":        func(*Config) {},
		"short":          func(c *Config) { c.Policy.IdleTimeout = 30 * time.Minute },
		"absolute":       func(c *Config) { c.Policy.AbsoluteTimeout = 12 * time.Hour },
		"renewed":        func(c *Config) { c.Policy.RenewAfter = time.Hour },
		"no servers":     func(c *Config) { c.Servers.Engine = nil },
		"memory crashes": func(c *Config) { c.Servers.Engine = engine("memory", 1); c.Servers.Processes = 1 },
		"overloaded":     func(c *Config) { c.Sessions = 1e8 },
		"cached":         func(c *Config) { c.Servers.Cache = 5 * time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small(1e5, engine("redis", 10))
			change(&c)
			s := begin(c)
			r := simulate(t, c)
			n := r.Totals
			ended := n.Expired + n.LoggedOut + n.Revoked + n.Lost
			if n.Before+n.Begun != n.After+ended {
				t.Errorf("%v and %v begun, but %v left and %v ended", n.Before, n.Begun, n.After, ended)
			}
			for what, count := range map[string]float64{"before": n.Before, "begun": n.Begun, "after": n.After, "expired": n.Expired, "logged out": n.LoggedOut, "revoked": n.Revoked} {
				if count <= 0 {
					t.Errorf("%s: %v", what, count)
				}
			}
			if lost := n.Lost > 0; lost != (name == "memory crashes") {
				t.Errorf("%v were lost", n.Lost)
			}
			// Who is there at the beginning is counted one by one, too.
			there := 0
			for _, u := range s.users {
				for _, b := range u.browsers {
					if b.session {
						there++
					}
				}
			}
			if s.live.now != there {
				t.Errorf("%d sessions at the beginning, counted as %d", there, s.live.now)
			}
		})
	}
}

// What the simulation counts as it goes is what can be counted at the end.
func TestLiveSessionsAreThere(t *testing.T) {
	t.Parallel()
	c := small(1e5, engine("redis", 10))
	c.Policy.IdleTimeout = 3 * time.Hour
	s := begin(c)
	for i := range s.wheel {
		from := start + Instant(i)*Instant(tick/time.Millisecond)
		for _, n := range s.wheel[i] {
			for u := &s.users[n]; u.next() < from.after(tick); {
				s.step(u)
			}
			s.file(int(n))
		}
		s.live.expire(i)
		if i%500 != 0 {
			continue
		}
		there := 0
		for _, u := range s.users {
			for _, b := range u.browsers {
				if b.session && !b.revoked && b.rec.expires >= from.after(tick) {
					there++
				}
			}
		}
		if there != s.live.now {
			t.Fatalf("tick %d: %d sessions are there, counted as %d", i, there, s.live.now)
		}
	}
}

func TestSameSeedSameDay(t *testing.T) {
	t.Parallel()
	c := small(1e6, engine("postgres", 30))
	first, second := simulate(t, c), simulate(t, c)
	if !reflect.DeepEqual(first, second) {
		t.Error("two runs with one seed differ")
	}
	c.Seed++
	if third := simulate(t, c); reflect.DeepEqual(first.Ticks, third.Ticks) {
		t.Error("another seed makes no difference")
	}
}

// The same requests touch less often when touches are throttled, and no less
// often than not at all.
func TestThrottlingSavesTouches(t *testing.T) {
	t.Parallel()
	c := small(1e5, nil)
	var touches, requests []float64
	for _, after := range []time.Duration{-1, time.Second, 0, 10 * time.Minute} {
		c.Policy.TouchAfter = after
		r := simulate(t, c)
		touches = append(touches, r.Mean(func(t *Tick) float64 { return t.Rates[costs.Touch] }))
		requests = append(requests, r.Mean(func(t *Tick) float64 { return t.Requests }))
	}
	for i, n := range touches {
		if n <= 0 || i > 0 && n >= touches[i-1] {
			t.Errorf("touches a second: %v", touches)
		}
		// Those who have to log in anew make a difference, a small one.
		if ratio := requests[i] / requests[0]; ratio < 0.98 || ratio > 1.02 {
			t.Errorf("requests a second: %v", requests)
		}
	}
	if touches[2] > touches[0]/2 {
		t.Errorf("throttled by default: %v touches a second of %v", touches[2], touches[0])
	}
}

// Too few servers show: operations wait, are given up, and requests fail. With
// enough of them none of it happens.
func TestOverloadShows(t *testing.T) {
	t.Parallel()
	c := small(5e7, engine("redis", 10))
	c.Failure.For = 0
	c.Servers.Shards = 20
	enough := simulate(t, c)
	c.Servers.Shards = 1
	few := simulate(t, c)
	load := func(t *Tick) float64 { return t.Load }
	failed := func(t *Tick) float64 { return t.Failed }
	p99 := func(t *Tick) float64 { return t.P99 }
	if l := enough.Peak(load); l > 0.9 {
		t.Errorf("20 servers are at %v", l)
	}
	if l := few.Peak(load); l < 1.5 {
		t.Errorf("one is at %v", l)
	}
	if f := enough.Peak(failed); f != 0 {
		t.Errorf("with 20 servers %v requests fail in a second", f)
	}
	if few.Peak(failed) == 0 {
		t.Error("with one server no request fails")
	}
	if p := enough.Peak(p99); p > 0.005 {
		t.Errorf("with 20 servers the 99th percentile is %v s", p)
	}
	if p := few.Peak(p99); p < 1.5 || p > 2.1 {
		t.Errorf("with one server the 99th percentile is %v s, where operations are given up after 2 s", p)
	}
}

// While a shard has no primary, a part of the requests fail, none of the others;
// afterwards none.
func TestFailureShows(t *testing.T) {
	t.Parallel()
	c := small(1e6, engine("postgres", 10))
	c.Servers.Shards = 4
	c.Failure.For = 2 * time.Minute
	r := simulate(t, c)
	for _, tick := range r.Ticks {
		within := tick.At >= c.Failure.At && tick.At < c.Failure.At+c.Failure.For
		if share := tick.Failed / tick.Requests; within != (share > 0) || share > 0.9 {
			t.Errorf("at %v a share of %v fails", tick.At, share)
		}
	}
	if r.Undone[costs.Delete] <= 0 || r.Undone[costs.Get] != 0 {
		t.Errorf("undone: %v", r.Undone)
	}
	c.Servers.Confirm = time.Millisecond
	if r = simulate(t, c); r.Undone[costs.Delete] != 0 || r.Undone[costs.Save] <= 0 {
		t.Errorf("undone although logouts are confirmed: %v", r.Undone)
	}
}

// A user's sessions are out as soon as the instant is stored; with reads from
// replicas only when these know it, and meanwhile requests are served.
func TestRevocationTakesEffect(t *testing.T) {
	t.Parallel()
	c := small(1e6, engine("redis", 10))
	c.Servers.Shards = 2
	c.Incident.Share = 0.5
	c.Failure.For = 0
	primaries := simulate(t, c)
	c.Servers.ReadReplicas, c.Servers.Lag = true, 10*time.Second
	replicas := simulate(t, c)
	if h := primaries.Revocations(); h.Count() < 500 || h.Max() > 0.1 {
		t.Errorf("%v revocations took up to %v s", h.Count(), h.Max())
	}
	if n := primaries.Totals.ServedLate; n > 1 { // in a few hundred microseconds
		t.Errorf("%v requests were served late", n)
	}
	if h := replicas.Revocations(); h.Quantile(0.5) < 5 || h.Quantile(0.5) > 10 {
		t.Errorf("with reads from replicas it took %v s", h.Quantile(0.5))
	}
	if replicas.Totals.ServedLate == 0 {
		t.Error("reads from replicas served no request late")
	}
}

// Revocations that come while the user's shard has no primary take effect when
// it has one again.
func TestRevocationDuringFailure(t *testing.T) {
	t.Parallel()
	c := small(1e6, engine("redis", 10))
	c.Failure = Failure{At: 11 * time.Hour, For: 3 * time.Minute}
	c.Incident = Incident{At: 11 * time.Hour, For: time.Minute, Share: 0.2}
	r := simulate(t, c)
	if h := &r.Hours[11]; h.Quantile(0.5) < 100 || h.Max() > 200 {
		t.Errorf("revocations took %v s, at most %v s", h.Quantile(0.5), h.Max())
	}
}

func TestCacheSavesReads(t *testing.T) {
	t.Parallel()
	c := small(1e6, engine("redis", 10))
	c.Failure.For = 0
	without := simulate(t, c)
	c.Servers.Cache = 5 * time.Second
	with := simulate(t, c)
	get := func(t *Tick) float64 { return t.Rates[costs.Get] }
	cached := func(t *Tick) float64 { return t.Cached }
	if with.Mean(get) >= without.Mean(get) || with.Mean(cached) <= 0 {
		t.Errorf("%v reads a second of %v, and %v cached", with.Mean(get), without.Mean(get), with.Mean(cached))
	}
}

func TestImpossibleConfigs(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"no sessions":    func(c *Config) { c.Sessions = 0 },
		"shares":         func(c *Config) { c.Behaviour.Visitors = []Visitors{{0.5, 1}} },
		"nobody comes":   func(c *Config) { c.Behaviour.Visitors = []Visitors{{1, 0}} },
		"no shards":      func(c *Config) { c.Servers.Shards = 0 },
		"memory, shards": func(c *Config) { c.Servers.Engine = engine("memory", 1); c.Servers.Shards = 2 },
		"no replicas":    func(c *Config) { c.Servers.ReadReplicas, c.Servers.Replicas = true, 0 },
		"idle":           func(c *Config) { c.Policy.IdleTimeout = -1 },
		"tomorrow":       func(c *Config) { c.Failure.At = 25 * time.Hour },
		"no detail":      func(c *Config) { c.Detail = 0 },
		"small sample":   func(c *Config) { c.Sample = 10 },
	} {
		c := small(1e6, engine("redis", 10))
		change(&c)
		if _, err := Run(t.Context(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
