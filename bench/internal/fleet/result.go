package fleet

import (
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// Result is what a day has brought.
type Result struct {
	// Config is what was simulated.
	Config Config
	// Weight is how many sessions each of the sample stands for.
	Weight float64
	// Users is how many people there are.
	Users float64
	// Ticks are the course of the day.
	Ticks []Tick
	// Totals are of the sample.
	Totals Totals
	// Hours are how long it took from when a user's sessions were asked to be
	// ended until no load would let one pass, by the hour.
	Hours [24]Histogram
	// Undone is how many writes of each kind the failed primary had not told
	// its replica.
	Undone [costs.Operations]float64
}

// Tick is a part of the day. Rates are per second and of the whole fleet.
type Tick struct {
	// At is when it begins, after midnight.
	At time.Duration
	// Rates are the operations that were sent to the store.
	Rates [costs.Operations]float64
	// Requests are those that used a session, Logins those that began one,
	// Failed those that were answered with an error, and Cached those that
	// found the record in their process.
	Requests, Logins, Failed, Cached float64
	// Live is how many sessions there are at the end, and Forwards how many
	// records that lead to a new id.
	Live, Forwards float64
	// Load is the share of its capacity that the busiest server is asked for.
	Load float64
	// P50 and P99 are how long an operation took, in seconds.
	P50, P99 float64
}

// Operations returns how many operations come in a second.
func (t *Tick) Operations() (sum float64) {
	for _, rate := range t.Rates {
		sum += rate
	}
	return sum
}

// Totals are the sessions of the sample over the day.
type Totals struct {
	// Before is how many there were at midnight, Begun how many have begun
	// since, After how many were left.
	Before, Begun, After float64
	// Expired, LoggedOut, Revoked and Lost are those that have ended: by
	// themselves, one by one, with all of their user's, and with the process.
	Expired, LoggedOut, Revoked, Lost float64
	// ServedLate is how many requests were served although their user's
	// sessions had been asked to be ended before.
	ServedLate float64
}

func (r *Result) add(s *simulation, t Tick) {
	r.Ticks = append(r.Ticks, t)
	r.Hours[int(t.At/time.Hour)].Merge(s.revocations, 1)
	s.revocations = new(Histogram)
}

// lost works out what the failed primary has taken with it: what was written in
// the time by which its replica was behind.
func (r *Result) lost(s *simulation) {
	f, servers := &s.Failure, &s.Servers
	if servers.Engine == nil || f.For == 0 || servers.Replicas == 0 || len(r.Ticks) == 0 {
		return
	}
	before := r.Ticks[max(int(f.At/tick)-1, 0)]
	for o, rate := range before.Rates {
		o := costs.Operation(o)
		if o.Writes() && (servers.Confirm == 0 || !confirmed(o)) {
			r.Undone[o] = rate / float64(servers.Shards) * servers.Lag.Seconds()
		}
	}
}

// Peak returns the largest of what f returns of the ticks.
func (r *Result) Peak(f func(*Tick) float64) (peak float64) {
	for i := range r.Ticks {
		peak = max(peak, f(&r.Ticks[i]))
	}
	return peak
}

// Mean returns the mean of what f returns of the ticks.
func (r *Result) Mean(f func(*Tick) float64) (mean float64) {
	for i := range r.Ticks {
		mean += f(&r.Ticks[i]) / float64(len(r.Ticks))
	}
	return mean
}

// Revocations returns the durations of all hours together.
func (r *Result) Revocations() *Histogram {
	h := new(Histogram)
	for i := range r.Hours {
		h.Merge(&r.Hours[i], 1)
	}
	return h
}

// Bytes returns what so many sessions take on the engine.
func (r *Result) Bytes(live float64) float64 {
	e := r.Config.Servers.Engine
	if r.Config.Policy.Anonymous {
		return live * e.Bytes
	}
	return live * (e.Bytes + e.Noted)
}
