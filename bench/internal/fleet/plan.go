package fleet

import (
	"context"
	"math"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
)

// Demand is what one session asks for, on the average of all that are alive.
type Demand struct {
	// Mean is how many operations there are in a second, over the day, and
	// Peak in the busiest five minutes.
	Mean, Peak [costs.Operations]float64
	// Requests and Logins are those in the busiest five minutes, in a second.
	Requests, Logins float64
	// PerDay is how many requests there are in the day.
	PerDay float64
	// Forwards is how many records there are that lead to a new id.
	Forwards float64
	// Browsers is how many there are for each session that is alive.
	Browsers float64
}

// Ask finds out what sessions ask for, by a day without servers.
func Ask(ctx context.Context, c Config) (Demand, error) {
	c.Servers.Engine = nil
	c.Sessions = float64(c.Sample)
	r, err := Run(ctx, c)
	if err != nil {
		return Demand{}, err
	}
	var d Demand
	const span = 10 // ticks
	for i := 0; i+span <= len(r.Ticks); i += span {
		var sum Tick
		for _, t := range r.Ticks[i : i+span] {
			for o, rate := range t.Rates {
				sum.Rates[o] += rate / t.Live / span
			}
			sum.Requests += t.Requests / t.Live / span
			sum.Logins += t.Logins / t.Live / span
		}
		if sum.Operations() > total(&d.Peak) {
			d.Peak, d.Requests = sum.Rates, sum.Requests
		}
		d.Logins = max(d.Logins, sum.Logins)
	}
	for o := range d.Mean {
		d.Mean[o] = r.Mean(func(t *Tick) float64 { return t.Rates[o] / t.Live })
	}
	d.PerDay = day.Seconds() * r.Mean(func(t *Tick) float64 { return t.Requests / t.Live })
	d.Browsers = float64(c.Sample) / r.Mean(func(t *Tick) float64 { return t.Live / r.Weight })
	d.Forwards = r.Peak(func(t *Tick) float64 { return t.Forwards / t.Live })
	return d, nil
}

func total(rates *[costs.Operations]float64) (sum float64) {
	for _, rate := range rates {
		sum += rate
	}
	return sum
}

// Limits are what one server is to be asked for at most.
type Limits struct {
	// Cores are the processors of a server. Redis uses one of them.
	Cores int
	// Share is the share of their time that may be used in the busiest five
	// minutes.
	Share float64
	// Memory is how many bytes of sessions a server keeps in memory, and Disk
	// how many on its disk.
	Memory, Disk float64
	// Log is how many bytes a second a server writes to its log.
	Log float64
}

// DefaultLimits are those that the tables of docs/scaling.md are computed with.
func DefaultLimits() Limits {
	return Limits{Cores: 8, Share: 0.5, Memory: 25e9, Disk: 1e12, Log: 50e6}
}

// Plan is what so many sessions need on an engine.
type Plan struct {
	// Bytes is what they take, of memory or disk.
	Bytes float64
	// Busy is how many processors of servers are busy in the busiest five
	// minutes, and Program how many of the program's are with the store.
	Busy, Program float64
	// Log is how many bytes a second go to logs then, LogDay how many in a day,
	// and Network how many a second are exchanged with servers.
	Log, LogDay, Network float64
	// Servers is what part of a server, or how many, it takes to share the
	// sessions, replicas not counted, and Shards is that in whole servers. Limit
	// says what it follows from.
	Servers float64
	Shards  int
	Limit   string
}

// Possible reports whether the engine can have as many servers: within the
// program there is but one.
func (p *Plan) Possible(e *costs.Engine) bool { return p.Shards == 1 || !e.Embedded() }

// Plan returns what so many sessions need that ask for d.
func (d *Demand) Plan(e *costs.Engine, p Policy, sessions float64, l Limits) Plan {
	var plan Plan
	each := e.Bytes
	if !p.Anonymous {
		each += e.Noted
	}
	plan.Bytes = sessions * (each + d.Forwards*e.Bytes)
	writer := 0.0
	for o, peak := range d.Peak {
		c := e.Operations[costs.Operation(o)]
		busy := sessions * peak * e.CPU(costs.Operation(o)) / 1e9
		plan.Busy += busy
		if costs.Operation(o).Writes() {
			writer += busy
		}
		plan.Program += sessions * peak * c.ClientCPU / 1e9
		plan.Log += sessions * peak * c.Written
		plan.LogDay += sessions * d.Mean[o] * c.Written * day.Seconds()
		plan.Network += sessions * peak * (c.Sent + c.Received)
	}
	plan.need("processors", plan.Busy, float64(e.Usable(l.Cores))*l.Share)
	if e.Name == "sqlite" {
		plan.need("the one writer", writer, l.Share)
	}
	if e.InMemory() {
		plan.need("memory", plan.Bytes, l.Memory)
	} else {
		plan.need("disk", plan.Bytes, l.Disk)
	}
	plan.need("log", plan.Log, l.Log)
	return plan
}

// need has the plan have as many servers as it takes of something, of which one
// server has so much.
func (p *Plan) need(what string, all, each float64) {
	if servers := all / each; servers > p.Servers {
		p.Servers, p.Limit = servers, what
		p.Shards = max(int(math.Ceil(servers)), 1)
	}
}

// Most returns how many sessions one server holds, and what it is that does not
// let it hold more.
func (d *Demand) Most(e *costs.Engine, p Policy, l Limits) (sessions float64, limit string) {
	// Everything that a plan needs is proportional to the sessions.
	plan := d.Plan(e, p, 1, l)
	return 1 / plan.Servers, plan.Limit
}
