package fleet

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// lane is processors that take operations from one queue, first come, first
// served. Times are seconds from now.
type lane struct {
	free []float64 // when each has done what it has begun
}

func newLane(processors int) *lane { return &lane{free: make([]float64, processors)} }

// take has an operation served that comes at an instant. One that would wait
// longer than patience is given up by whoever asked, before it has cost the
// processors anything.
func (l *lane) take(at, service, patience float64) (wait float64, ok bool) {
	first := 0
	for i, t := range l.free {
		if t < l.free[first] {
			first = i
		}
	}
	begin := max(at, l.free[first])
	if begin-at > patience {
		return 0, false
	}
	l.free[first] = begin + service
	return begin - at, true
}

// pass lets time go by. If the lane is offered more than it can do, or has a
// backlog, the backlog grows or shrinks at the rate that follows from load, the
// share of the lane's capacity that is asked for; what was a queue by chance
// stays one.
func (l *lane) pass(seconds, load, usual, patience float64) {
	drift := (load - 1) * seconds
	for i, t := range l.free {
		switch {
		case drift > 0:
			t = min(t+drift, max(t, patience))
		case t > usual:
			t = max(t+drift, 0)
		}
		l.free[i] = t
	}
}

// advance moves now.
func (l *lane) advance(seconds float64) {
	for i := range l.free {
		l.free[i] = max(l.free[i]-seconds, 0)
	}
}

// shard is one server with its replicas, as its queues.
type shard struct {
	lanes   []*lane // the primary's, a second one if writes have their own, then the replicas'
	reads   []int   // lanes that reads go to
	writes  int     // the one that writes go to
	copies  []int   // those that repeat writes
	weight  float64 // how its load compares with the average
	service [costs.Operations]float64
	extra   [costs.Operations]float64 // on the way, or waiting for the disk
	patient float64
	random  *rand.Rand
}

// newShard returns a shard of these servers.
func newShard(s *Servers, weight float64, r *rand.Rand) *shard {
	q := &shard{weight: weight, patient: s.Timeout.Seconds(), random: r, lanes: []*lane{newLane(s.Cores)}, reads: []int{0}}
	if s.Engine.Name == "sqlite" { // one writer at a time, and reads wait for nobody
		q.lanes = append(q.lanes, newLane(1))
		q.writes = 1
	}
	if s.ReadReplicas {
		q.reads = nil
		for range s.Replicas {
			q.lanes = append(q.lanes, newLane(s.Cores))
			q.reads = append(q.reads, len(q.lanes)-1)
		}
		q.copies = q.reads
	}
	for o := range costs.Operations {
		q.service[o] = s.Engine.CPU(o) / 1e9
		q.extra[o] = s.RoundTrip.Seconds()
		if o.Writes() {
			q.extra[o] += s.Flush.Seconds()
		}
		if confirmed(o) {
			q.extra[o] += s.Confirm.Seconds()
		}
	}
	return q
}

// confirmed reports whether an operation is one that Servers.Confirm is for.
func confirmed(o costs.Operation) bool { return o == costs.Delete || o == costs.SetNotBefore }

// delays are how long operations took.
type delays struct{ reads, writes Histogram }

func (d *delays) of(o costs.Operation) *Histogram {
	if o.Writes() {
		return &d.writes
	}
	return &d.reads
}

func (d *delays) merge(other *delays, weight float64) {
	d.reads.Merge(&other.reads, weight)
	d.writes.Merge(&other.writes, weight)
}

// tick serves a tick of operations, of which so many come in a second, detail of
// them one by one. It adds how long they took to d and returns the share that was given up, and how busy
// the busiest lane is.
func (q *shard) tick(rates *[costs.Operations]float64, tick time.Duration, detail int, d *delays) (failed, load float64) {
	var upTo [costs.Operations]float64
	sum := 0.0
	for o, rate := range rates {
		sum += rate * q.weight
		upTo[o] = sum
	}
	loads := q.loads(rates)
	for _, l := range loads {
		load = max(load, l)
	}
	if sum == 0 {
		for _, l := range q.lanes {
			l.advance(tick.Seconds())
		}
		return 0, load
	}
	n := min(int(math.Ceil(sum*tick.Seconds())), detail)
	at, given := 0.0, 0
	for range n {
		at += q.random.ExpFloat64() / sum
		pick := q.random.Float64() * sum
		o := costs.Operation(0)
		for upTo[o] <= pick && o < costs.Operations-1 {
			o++
		}
		took, ok := q.serve(o, at)
		if !ok {
			given++
			continue
		}
		d.of(o).Add(took, sum/float64(n))
	}
	for i, l := range q.lanes {
		l.advance(at)
		if rest := tick.Seconds() - at; rest > 0 {
			l.pass(rest, loads[i], 100*q.slowest()/float64(len(l.free)), q.patient)
		}
	}
	return float64(given) / float64(n), load
}

// serve sends one operation through the queues.
func (q *shard) serve(o costs.Operation, at float64) (took float64, ok bool) {
	// Exponential: some operations take several times the mean.
	service := q.service[o] * q.random.ExpFloat64()
	to := q.writes
	if !o.Writes() {
		to = q.reads[0]
		if len(q.reads) > 1 {
			to = q.reads[q.random.IntN(len(q.reads))]
		}
	}
	wait, ok := q.lanes[to].take(at, service, q.patient)
	if !ok {
		return 0, false
	}
	if o.Writes() {
		for _, i := range q.copies {
			q.lanes[i].take(at, service, math.Inf(1))
		}
	}
	return wait + service + q.extra[o], true
}

// loads returns the share of each lane's capacity that is asked for.
func (q *shard) loads(rates *[costs.Operations]float64) []float64 {
	loads := make([]float64, len(q.lanes))
	for o, rate := range rates {
		work := rate * q.weight * q.service[o]
		if !costs.Operation(o).Writes() {
			for _, i := range q.reads {
				loads[i] += work / float64(len(q.reads))
			}
			continue
		}
		loads[q.writes] += work
		for _, i := range q.copies {
			loads[i] += work
		}
	}
	for i, l := range q.lanes {
		loads[i] /= float64(len(l.free))
	}
	return loads
}

func (q *shard) slowest() (s float64) {
	for _, t := range q.service {
		s = max(s, t)
	}
	return s
}
