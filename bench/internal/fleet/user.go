package fleet

import (
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// user is one of those who visit, with two browsers.
type user struct {
	random   random
	browsers [2]browser
	shard    uint16 // that has the user's instant
	// revokeAt is when all sessions are to be ended next, 0 never.
	revokeAt Instant
	// asked is when that was asked for first and has not been done yet, and
	// effect from when on loads see the last one, both in microseconds.
	asked, effect int64
}

// browser is one browser of a user. It is away as long as there are no pages
// and no requests left.
type browser struct {
	next    Instant // when it does what comes next
	rec     record
	session bool // it has a cookie
	revoked bool // whose session was ended by a revocation
	shard   uint16
	perDay  float32
	pages   uint16
	left    uint16 // requests of this page
	tries   uint8
	cached  [2]cached
}

// cached is a record that a process has.
type cached struct {
	process int32
	until   Instant
}

// next returns when something happens to the user next.
func (u *user) next() Instant {
	t := min(u.browsers[0].next, u.browsers[1].next)
	if u.revokeAt > 0 {
		t = min(t, u.revokeAt)
	}
	return t
}

// step does what comes next.
func (s *simulation) step(u *user) {
	if t := u.next(); t == u.revokeAt {
		s.revoke(u, t)
		return
	}
	b := &u.browsers[0]
	if u.browsers[1].next < b.next {
		b = &u.browsers[1]
	}
	s.visit(u, b, b.next)
}

const (
	tries      = 3 // of a request that is answered with an error
	retryAfter = 5 * time.Second
)

// visit goes on with a visit, or begins one.
func (s *simulation) visit(u *user, b *browser, now Instant) {
	how := &s.Behaviour
	if b.left == 0 {
		if b.pages == 0 {
			b.pages = uint16(u.random.geometric(how.Pages))
		}
		b.pages--
		b.left = uint16(u.random.geometric(how.Requests))
	}
	if !s.request(u, b, now) {
		if b.tries++; b.tries < tries {
			b.next = now.after(retryAfter/2) + Instant(u.random.float()*float64(retryAfter.Milliseconds()))
			return
		}
		b.pages, b.left = 0, 1
	}
	b.tries = 0
	b.left--
	switch {
	case b.left > 0:
		b.next = now + 50 + Instant(u.random.float()*750)
	case b.pages > 0:
		b.next = now + 1000 + Instant(u.random.exponential()*float64(how.Think.Milliseconds()))
	default:
		switch end := u.random.float(); {
		case end < how.LogoutEverywhere:
			u.revokeAt = now + 1
		case end < how.LogoutEverywhere+how.Logout:
			s.logout(u, b, now)
		}
		b.next = s.curve.next(now, float64(b.perDay), u.random.exponential())
	}
}

// request is one request, which logs in if there is no session. It reports
// whether it was answered with something else than an error.
func (s *simulation) request(u *user, b *browser, now Instant) bool {
	changes := u.random.float() < s.Behaviour.Changing
	s.tally.requests++
	if !s.reachable(u, b, now) {
		s.tally.failed++
		return false
	}
	if b.session && !b.revoked {
		before := b.rec.expires
		done, calls := s.rule.use(&b.rec, now, changes)
		if s.cachedRead(u, b, now, done) {
			calls[costs.Get]--
		}
		s.count(calls)
		if done == renewed {
			s.forwards.begin(now.after(forwardFor))
		}
		if done != gone {
			s.live.move(before, b.rec.expires)
			return true
		}
	}
	if b.revoked && s.servedAfter(u, b, now) {
		return true
	}
	b.session, b.revoked = true, false
	rec, calls := s.rule.create(now)
	b.rec, b.cached = rec, [2]cached{}
	s.count(calls)
	s.tally.logins++
	s.live.begin(rec.expires)
	return true
}

// logout ends the browser's session.
func (s *simulation) logout(u *user, b *browser, now Instant) {
	if !b.session || b.revoked || !s.reachable(u, b, now) {
		return
	}
	done, calls := s.rule.logout(&b.rec, now)
	s.count(calls)
	s.tally.requests++
	if done != gone {
		s.live.end(b.rec.expires)
		s.totals.LoggedOut++
	}
	b.session = false
}

// revoke ends all sessions of the user, and tries again later if that fails.
func (s *simulation) revoke(u *user, now Instant) {
	if u.asked == 0 {
		u.asked = int64(now) * 1000
	}
	if !s.up(u.shard, now) || u.random.float() < s.givenUp(u.shard) {
		u.revokeAt = now.after(retryAfter)
		return
	}
	// The instant is read, and then replaced on condition that it still is that.
	took := s.delay(u, false) + s.delay(u, true) + s.Servers.Confirm.Seconds()
	if s.Servers.ReadReplicas {
		took += u.random.exponential() * s.Servers.Lag.Seconds()
	}
	u.effect = int64(now)*1000 + int64(took*1e6)
	s.revocations.Add(float64(u.effect-u.asked)/1e6, 1)
	u.asked, u.revokeAt = 0, 0
	noted := 0
	for i := range u.browsers {
		b := &u.browsers[i]
		if b.session && !b.revoked && now < b.rec.expires {
			b.revoked = true
			noted++
			s.live.end(b.rec.expires)
			s.totals.Revoked++
		}
	}
	s.count(revocation(noted))
}

// servedAfter is a request with a session that was revoked, and reports whether
// it found out too early to see that.
func (s *simulation) servedAfter(u *user, b *browser, now Instant) bool {
	var calls Calls
	calls[costs.Get]++
	asked := int64(now)*1000 + int64((s.delay(u, false)+s.delay(u, false))*1e6)
	if asked >= u.effect {
		s.count(calls)
		return false
	}
	calls[costs.NotBefore]++
	s.count(calls)
	s.totals.ServedLate++
	return true
}

// reachable reports whether the servers of the browser's session and of its user
// answer a request.
func (s *simulation) reachable(u *user, b *browser, now Instant) bool {
	if s.Servers.Engine == nil {
		return true
	}
	if !s.up(b.shard, now) || !s.up(u.shard, now) {
		return false
	}
	if s.calm {
		return true
	}
	if u.random.float() >= s.givenUp(b.shard) {
		return true
	}
	var calls Calls
	calls[costs.Get]++ // was sent
	s.count(calls)
	return false
}

// cachedRead reports whether the process that has got the request has the
// record, and sees to it that it has from now on.
func (s *simulation) cachedRead(u *user, b *browser, now Instant, done used) (hit bool) {
	if s.Servers.Cache == 0 {
		return false
	}
	process := int32(u.random.below(s.Servers.Processes))
	slot := &b.cached[process%2]
	hit = slot.process == process && now < slot.until
	switch {
	case done != read: // the others are told, and this one has to read it again
		b.cached = [2]cached{}
	case !hit:
		*slot = cached{process, now.after(s.Servers.Cache)}
	default:
		s.tally.cached++
	}
	return hit
}
