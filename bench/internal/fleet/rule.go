// Package fleet simulates a day of many sessions on a store with several servers:
// the requests of users, what package session makes of them, and the queues in
// front of the servers, with what each operation costs there as measured.
package fleet

import (
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// Instant is a time of the simulation: milliseconds since the zero [time.Time],
// which is what package session rounds to where it rounds.
type Instant int64

// after returns the instant that much later.
func (t Instant) after(d time.Duration) Instant { return t + Instant(d.Milliseconds()) }

// Policy says how long sessions live and when their expiry is moved, with the
// meaning and the defaults that the fields of session.Options have.
type Policy struct {
	// IdleTimeout is how long a session lives after its last use.
	IdleTimeout time.Duration
	// AbsoluteTimeout is how long it lives after it was created.
	AbsoluteTimeout time.Duration
	// TouchAfter is how much of the idle timeout may go by before a request
	// that changes nothing touches the session.
	TouchAfter time.Duration
	// RenewAfter is how old an id gets.
	RenewAfter time.Duration
	// Anonymous sessions are bound to no user, and looked up by none.
	Anonymous bool
}

// Calls are how often each operation of the store is called.
type Calls [costs.Operations]uint8

// record is what the store keeps of a session, as far as its life goes.
type record struct {
	created, named, expires Instant
}

// forwardFor is how long a renewed session's old id leads to the new one.
const forwardFor = time.Minute

// rule is what package session does with a record under a policy. It is written
// once more here, for a clock that is simulated; TestRule compares each call
// and each expiry with those of the package.
type rule struct {
	idle, absolute, touchAfter, renewAfter Instant
	bound                                  bool
}

func (p Policy) rule() rule {
	if p.IdleTimeout == 0 {
		p.IdleTimeout = 24 * time.Hour
	}
	r := rule{
		idle: Instant(0).after(p.IdleTimeout), absolute: Instant(0).after(p.AbsoluteTimeout),
		renewAfter: Instant(0).after(p.RenewAfter), bound: !p.Anonymous,
	}
	switch {
	case p.TouchAfter < 0:
	case p.TouchAfter == 0:
		r.touchAfter = Instant(0).after(min(p.IdleTimeout/20, time.Minute))
	default:
		r.touchAfter = Instant(0).after(min(p.TouchAfter, p.IdleTimeout/2))
	}
	return r
}

// expiry is when a session expires that is used now.
func (r *rule) expiry(rec *record, now Instant) Instant {
	if r.absolute > 0 {
		return min(now+r.idle, rec.created+r.absolute)
	}
	return now + r.idle
}

// create is a request that begins a session, for a user if sessions are bound.
func (r *rule) create(now Instant) (rec record, calls Calls) {
	rec = record{created: now, named: now}
	rec.expires = r.expiry(&rec, now)
	calls[costs.Create]++
	if r.bound {
		calls[costs.NotBefore]++
		calls[costs.Note]++
	}
	return rec, calls
}

// used is what a request has done to a session.
type used int

const (
	gone    used = iota // it was not there any more
	read                // nothing but reading it
	touched             // its expiry has moved
	saved               // it was stored
	renewed             // it has another id, and the old one forwards
)

// use is a request that finds the session by its id and changes what is in it
// or does not.
func (r *rule) use(rec *record, now Instant, changes bool) (used, Calls) {
	var calls Calls
	calls[costs.Get]++
	if now >= rec.expires {
		return gone, calls
	}
	if r.bound {
		calls[costs.NotBefore]++
	}
	switch expires := r.expiry(rec, now); {
	case r.renewAfter > 0 && now >= rec.named+r.renewAfter:
		calls[costs.Create]++
		calls[costs.Save]++ // of the old record, which leads to the new one from now on
		if r.bound {
			calls[costs.Forget]++
			calls[costs.Note]++
		}
		rec.named, rec.expires = now, expires
		return renewed, calls
	case changes:
		calls[costs.Save]++
		if r.bound && r.noteDue(rec, expires) {
			calls[costs.Note]++
		}
		rec.expires = expires
		return saved, calls
	case expires-rec.expires >= r.touchAfter:
		calls[costs.Touch]++
		if r.bound {
			calls[costs.Note]++
		}
		// A touch never shortens.
		rec.expires = max(rec.expires, expires)
		return touched, calls
	}
	return read, calls
}

// noteDue reports whether a session that is stored until expires is to be noted
// again as its user's.
func (r *rule) noteDue(rec *record, expires Instant) bool {
	if r.touchAfter < Instant(0).after(time.Second) {
		return true
	}
	if r.absolute > 0 && expires >= rec.created+r.absolute {
		return true
	}
	return rec.expires/r.touchAfter != expires/r.touchAfter
}

// logout is a request that ends a session.
func (r *rule) logout(rec *record, now Instant) (used, Calls) {
	var calls Calls
	calls[costs.Get]++
	if now >= rec.expires {
		return gone, calls
	}
	calls[costs.Delete]++
	if r.bound {
		calls[costs.NotBefore]++
		calls[costs.Forget]++
	}
	return saved, calls
}

// revocation is what it takes to end all sessions of a user, of whom some are
// noted. What is behind the first two calls only cleans up.
func revocation(noted int) Calls {
	var calls Calls
	calls[costs.NotBefore]++
	calls[costs.SetNotBefore]++
	calls[costs.List]++
	calls[costs.Get] += uint8(noted)
	calls[costs.Delete] += uint8(noted)
	calls[costs.Forget] += uint8(noted)
	return calls
}
