package main

import (
	"fmt"
	"strings"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/fleet"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// shown are the operations in the table of costs.
var shown = []costs.Operation{costs.Get, costs.NotBefore, costs.Create, costs.Save, costs.Touch, costs.Delete, costs.Note, costs.SetNotBefore}

func (p *pageOf) costs() string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s*\n\n", p.figures.Stamp)
	head := []string{""}
	for _, o := range shown {
		head = append(head, o.String())
	}
	space := report.Table{Head: []string{"", "sessions there", "bytes a session", "more if it is a user's", "for each further byte", "of"}}
	cpu, log := report.Table{Head: head}, report.Table{Head: head}
	for i := range p.figures.Engines {
		e := &p.figures.Engines[i]
		of := "disk"
		if e.InMemory() {
			of = "memory"
		}
		space.Row(e.Title, report.Number(float64(e.Sessions)), report.Number(e.Bytes), report.Number(e.Noted), report.Number(e.Further), of)
		times, written := []string{e.Title}, []string{e.Title}
		for _, o := range shown {
			times = append(times, report.Number(e.CPU(o)/1e3))
			written = append(written, report.Number(e.Operations[o].Written))
		}
		cpu.Row(times...)
		log.Row(written...)
	}
	fmt.Fprintf(&b, "%sMicroseconds of the server's processors, or of the program's where there is no server:\n\n%sBytes that go to the engine's log (WAL, redo log, AOF):\n\n%s",
		space.String(), cpu.String(), log.String())
	return b.String()
}

func (p *pageOf) demand() string {
	t := report.Table{Head: []string{"a session, in a day", "touches throttled", "a touch on every request", "idle timeout of 30 minutes"}}
	row := func(what string, of func(*fleet.Demand) float64) {
		t.Row(what, report.Number(of(&p.throttled)), report.Number(of(&p.every)), report.Number(of(&p.short)))
	}
	row("browsers for each session", func(d *fleet.Demand) float64 { return d.Browsers })
	row("requests that use it", func(d *fleet.Demand) float64 { return d.PerDay })
	for _, o := range append(shown, costs.Forget) {
		row(o.String(), func(d *fleet.Demand) float64 { return d.Mean[o] * 24 * 3600 })
	}
	return t.String()
}

func (p *pageOf) touches() string {
	t := report.Table{Head: []string{"sessions", "requests a second", "touches a second, throttled", "on every request", "logins a second"}}
	for _, n := range sizes {
		t.Row(report.Number(n), rough(n*p.throttled.Requests), rough(n*p.throttled.Peak[costs.Touch]), rough(n*p.every.Peak[costs.Touch]), rough(n*p.throttled.Logins))
	}
	return t.String()
}

// planned returns the engines that plans are made of: FerretDB is not what
// somebody with so many sessions has, and says nothing of MongoDB.
func (p *pageOf) planned() (all []*costs.Engine) {
	for i := range p.figures.Engines {
		if e := &p.figures.Engines[i]; e.Name != "mongodb" {
			all = append(all, e)
		}
	}
	return all
}

// example works one plan through, step by step.
func (p *pageOf) example() (string, error) {
	e, err := p.figures.Engine("redis")
	if err != nil {
		return "", err
	}
	const sessions = 1e8
	d, l := &p.throttled, &p.limits
	plan := d.Plan(e, p.policy, sessions, *l)
	var sum []string
	for o, rate := range d.Peak {
		o := costs.Operation(o)
		if busy := sessions * rate * e.CPU(o) / 1e9; busy >= plan.Busy/100 {
			sum = append(sum, fmt.Sprintf("%s %s a second × %s µs = %s", o, rough(sessions*rate), report.Number(e.CPU(o)/1e3), rough(busy)))
		}
	}
	return fmt.Sprintf("%s sessions on %s, in the busiest five minutes: %s. With the rest that is %s processors, of which a server has %s: %s servers. "+
		"Memory: %s × (%s + %s bytes) = %s, of which a server has %s: %s servers. Log: %s a second, of which a server has %s: %s servers. So it takes %s, because of %s.",
		report.Number(sessions), e.Title, strings.Join(sum, "; "), rough(plan.Busy), report.Number(float64(e.Usable(l.Cores))*l.Share), rough(plan.Busy/float64(e.Usable(l.Cores))/l.Share),
		report.Number(sessions), report.Number(e.Bytes), report.Number(e.Noted), bytesOf(plan.Bytes), bytesOf(l.Memory), rough(plan.Bytes/l.Memory),
		bytesOf(plan.Log), bytesOf(l.Log), rough(plan.Log/l.Log), report.Number(float64(plan.Shards)), plan.Limit), nil
}

func (p *pageOf) plans() string {
	l := &p.limits
	var b strings.Builder
	fmt.Fprintf(&b, "A server is planned to have %d processors of which %s are busy in the busiest five minutes (Redis uses one), %s of sessions in memory or %s on disk, and %s of log a second.\n\n",
		l.Cores, report.Percent(l.Share), bytesOf(l.Memory), bytesOf(l.Disk), bytesOf(l.Log))
	t := report.Table{Head: []string{"sessions", "engine", "memory or disk", "processors", "if every request touched", "servers", "because of", "with replicas", "log a second", "log a day", "network a second", "program's processors"}}
	for _, n := range sizes {
		for _, e := range p.planned() {
			plan := p.throttled.Plan(e, p.policy, n, *l)
			every := p.every.Plan(e, p.policy, n, *l)
			servers, all := report.Number(float64(plan.Shards)), report.Number(float64(2*plan.Shards))
			if !plan.Possible(e) {
				servers, all = "not possible", "–"
			} else if e.Embedded() {
				all = servers
			}
			t.Row(report.Number(n), e.Title, bytesOf(plan.Bytes), rough(plan.Busy), rough(every.Busy), servers, plan.Limit, all,
				bytesOf(plan.Log), bytesOf(plan.LogDay), bytesOf(plan.Network), rough(plan.Program))
		}
	}
	b.WriteString(t.String())
	return b.String()
}

func (p *pageOf) most() string {
	t := report.Table{Head: []string{"", "sessions on one server", "because of", "if every request touched"}}
	for _, e := range p.planned() {
		n, limit := p.throttled.Most(e, p.policy, p.limits)
		every, _ := p.every.Most(e, p.policy, p.limits)
		t.Row(e.Title, rough(n), limit, rough(every))
	}
	return t.String()
}
