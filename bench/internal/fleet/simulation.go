package fleet

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// tick is the time in which users do not learn from each other: what happens
// within it goes through the servers' queues at its end.
const tick = 30 * time.Second

// start is when the simulation begins, far enough from 0 for sessions that are
// older.
const start = Instant(1000 * day / time.Millisecond)

// simulation is one that is under way.
type simulation struct {
	Config
	rule  rule
	curve *curve

	users  []user
	wheel  [][]int32 // users by the tick in which something happens to them
	begun  Instant   // when the day that counts began
	ends   Instant
	weight float64 // how many sessions each stands for

	live, forwards lives
	totals         Totals
	tally          tally
	revocations    *Histogram

	shards  []*shard
	failing []float64 // share of operations that was given up in the last tick, by shard
	calm    bool      // none of them was
	delays  *delays   // of the last tick
}

// tally is what happens within a tick.
type tally struct {
	calls                            [costs.Operations]float64
	requests, logins, failed, cached float64
}

// lives is how many records there are, and when they expire.
type lives struct {
	now      int
	begun    int
	expiring []int32 // by tick
}

func (l *lives) at(t Instant) *int32 {
	i := int((t - start) / Instant(tick/time.Millisecond))
	return &l.expiring[min(i, len(l.expiring)-1)]
}

func (l *lives) begin(expires Instant) { l.now++; l.begun++; *l.at(expires)++ }
func (l *lives) end(expires Instant)   { l.now--; *l.at(expires)-- }
func (l *lives) move(from, to Instant) { *l.at(from)--; *l.at(to)++ }

// expire has those go that expire in a tick, and returns how many.
func (l *lives) expire(i int) int {
	n := int(l.expiring[i])
	l.now -= n
	return n
}

// Run simulates a day.
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	s := begin(c)
	r := &Result{Config: c}
	for i := range s.wheel {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from := start + Instant(i)*Instant(tick/time.Millisecond)
		if from == s.begun {
			s.beginDay(r)
		}
		s.fail(from)
		for _, n := range s.wheel[i] {
			u := &s.users[n]
			for u.next() < from.after(tick) {
				s.step(u)
			}
			s.file(int(n))
		}
		s.wheel[i] = nil
		s.totals.Expired += float64(s.live.expire(i))
		s.forwards.expire(i)
		t := s.serve(from)
		if from >= s.begun {
			r.add(s, t)
		}
		s.tally = tally{}
	}
	s.end(r)
	return r, nil
}

// begin makes the people, as they are at the beginning of the days before the
// one that counts: as many as a session lives without use.
func begin(c Config) *simulation {
	s := &simulation{Config: c, rule: c.Policy.rule(), curve: newCurve(c.Behaviour.Peak), weight: 1, calm: true, revocations: new(Histogram)}
	before := Instant(math.Ceil(float64(s.rule.idle)/float64(day.Milliseconds()))) * Instant(day.Milliseconds())
	s.begun = start + before
	s.ends = s.begun.after(day)
	s.wheel = make([][]int32, (s.ends-start)/Instant(tick/time.Millisecond))
	s.live.expiring = make([]int32, len(s.wheel)+1)
	s.forwards.expiring = make([]int32, len(s.wheel)+1)
	s.users = make([]user, c.Sample/2)
	for i := range s.users {
		s.meet(i)
		s.file(i)
	}
	for i := range min(c.Servers.Shards, simulated) {
		if c.Servers.Engine == nil {
			break
		}
		r := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		// Sessions are spread by chance.
		weight := 1 + r.NormFloat64()*math.Sqrt(float64(c.Servers.Shards)/c.Sessions)
		s.shards = append(s.shards, newShard(&c.Servers, max(weight, 0.1), r))
	}
	s.failing = make([]float64, len(s.shards))
	return s
}

// simulated is how many shards have their queues simulated. The others fare as
// these do, the first aside, which is the one that fails.
const simulated = 6

// meet makes a user. Some browsers have a session from earlier days.
func (s *simulation) meet(i int) {
	u := &s.users[i]
	u.random = newRandom(s.Seed, uint64(i)<<1)
	u.shard = uint16(u.random.below(max(s.Servers.Shards, 1)))
	for n := range u.browsers {
		b := &u.browsers[n]
		kind := u.random.float()
		for _, v := range s.Behaviour.Visitors {
			b.perDay = float32(v.PerDay)
			if kind -= v.Share; kind < 0 {
				break
			}
		}
		b.shard = uint16(u.random.below(max(s.Servers.Shards, 1)))
		b.next = s.curve.next(start, float64(b.perDay), u.random.exponential())
		age := Instant(u.random.float() * float64(max(s.rule.absolute, s.rule.idle)))
		used := Instant(u.random.float() * float64(min(age, s.rule.idle)))
		b.rec = record{created: start - age, named: start - used}
		b.rec.expires = s.rule.expiry(&b.rec, start-used)
		if b.rec.expires > start && u.random.float() < 0.7 {
			b.session = true
			s.live.begin(b.rec.expires)
		}
	}
	if incident := &s.Incident; u.random.float() < incident.Share {
		u.revokeAt = s.begun.after(incident.At) + Instant(u.random.float()*float64(incident.For.Milliseconds()))
	}
}

// file puts a user where the tick is in which something happens next.
func (s *simulation) file(n int) {
	i := int((s.users[n].next() - start) / Instant(tick/time.Millisecond))
	if i < len(s.wheel) {
		s.wheel[i] = append(s.wheel[i], int32(n))
	}
}

// beginDay begins to count.
func (s *simulation) beginDay(r *Result) {
	s.weight = s.Sessions / float64(max(s.live.now, 1))
	s.totals = Totals{Before: float64(s.live.now)}
	s.live.begun = 0
	s.revocations = new(Histogram)
	r.Weight = s.weight
	r.Users = float64(len(s.users)) * s.weight
}

// up reports whether a shard has a primary.
func (s *simulation) up(shard uint16, now Instant) bool {
	f := &s.Failure
	return f.For == 0 || shard != 0 || s.Servers.Engine == nil || now < s.begun.after(f.At) || now >= s.begun.after(f.At+f.For)
}

// givenUp returns the share of a shard's operations that was given up in the
// last tick.
func (s *simulation) givenUp(shard uint16) float64 {
	if len(s.failing) == 0 {
		return 0
	}
	return s.failing[min(int(shard), len(s.failing)-1)]
}

// fail ends the sessions of a process that has kept them in its memory, when it
// fails.
func (s *simulation) fail(from Instant) {
	e, at := s.Servers.Engine, s.begun.after(s.Failure.At.Truncate(tick))
	if e == nil || e.Name != "memory" || s.Failure.For == 0 || from != at {
		return
	}
	for i := range s.users {
		u := &s.users[i]
		for n := range u.browsers {
			if b := &u.browsers[n]; b.session && !b.revoked && from < b.rec.expires {
				b.session = false
				s.live.end(b.rec.expires)
				s.totals.Lost++
			}
		}
	}
}

func (s *simulation) count(calls Calls) {
	for o, n := range calls {
		s.tally.calls[o] += float64(n)
	}
}

// delay draws how long an operation takes that somebody sends now.
func (s *simulation) delay(u *user, write bool) float64 {
	if s.delays == nil {
		return s.Servers.RoundTrip.Seconds()
	}
	h := &s.delays.reads
	if write {
		h = &s.delays.writes
	}
	return h.Quantile(u.random.float())
}

// serve sends what was asked for in a tick through the queues of the shards.
func (s *simulation) serve(from Instant) Tick {
	seconds := tick.Seconds()
	t := Tick{
		At:       time.Duration(from-s.begun) * time.Millisecond,
		Requests: s.tally.requests * s.weight / seconds, Logins: s.tally.logins * s.weight / seconds,
		Failed: s.tally.failed * s.weight / seconds, Cached: s.tally.cached * s.weight / seconds,
		Live: float64(s.live.now) * s.weight, Forwards: float64(s.forwards.now) * s.weight,
	}
	for o, n := range s.tally.calls {
		t.Rates[o] = n * s.weight / seconds
	}
	if from < s.begun || len(s.shards) == 0 {
		return t
	}
	d := new(delays)
	s.calm = true
	down := s.down(from)
	all := float64(s.Servers.Shards) - down
	for i, q := range s.shards {
		share, stands := 1.0, 1.0
		if i == 0 {
			share = 1 - down
		} else {
			stands = float64(s.Servers.Shards-1) / float64(len(s.shards)-1)
		}
		rates := t.Rates
		for o := range rates {
			rates[o] *= share / max(all, 1e-9)
		}
		var of delays
		var load float64
		s.failing[i], load = q.tick(&rates, tick, s.Detail, &of)
		d.merge(&of, stands)
		t.Load = max(t.Load, load)
		s.calm = s.calm && s.failing[i] == 0
	}
	if d.reads.Count() > 0 && d.writes.Count() > 0 {
		s.delays = d
	}
	var h Histogram
	h.Merge(&d.reads, 1)
	h.Merge(&d.writes, 1)
	t.P50, t.P99 = h.Quantile(0.5), h.Quantile(0.99)
	return t
}

// down returns the part of a tick in which the first shard has no primary.
func (s *simulation) down(from Instant) float64 {
	if s.Failure.For == 0 {
		return 0
	}
	at, until := s.begun.after(s.Failure.At), s.begun.after(s.Failure.At+s.Failure.For)
	both := min(until, from.after(tick)) - max(at, from)
	return max(float64(both), 0) / float64(tick.Milliseconds())
}

// end sums up.
func (s *simulation) end(r *Result) {
	s.totals.Begun = float64(s.live.begun)
	s.totals.After = float64(s.live.now)
	r.Totals = s.totals
	r.lost(s)
}
