// Package inprocess measures what a request costs in each library, without a
// network: at full speed, on one processor and on all.
package inprocess

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
)

// Operation is a kind of request.
type Operation struct {
	// Name is that of it in tables.
	Name string
	// Route is what it asks for, Cookie whether it has a session.
	Route  app.Route
	Cookie bool
}

// Operations are measured in this order: those that add sessions come last.
var Operations = []Operation{
	{"read one key", app.Read, true},
	{"read and write one key", app.ReadWrite, true},
	{"never asks, with a cookie", app.Pass, true},
	{"never asks, without a cookie", app.Pass, false},
	{"create", app.Create, false},
}

// Job is one round of one library.
type Job struct {
	// Library is its name.
	Library string
	// Operations are numbers in the list of these.
	Operations []int
	// Procs are the numbers of processors to use, one after the other.
	Procs []int
	// Sessions is how many sessions there are; each request takes another.
	// 0 is one for each worker.
	Sessions int
	// Time is how long each measurement takes.
	Time time.Duration
}

// Sample is one measurement.
type Sample struct {
	// Operation is a number in the list of operations, Procs how many
	// processors were used.
	Operation, Procs int
	// Cost is what was measured.
	Cost measure.Cost
}

// JobName is what the job is called.
const JobName = "in-process"

// Jobs are those that a program which uses this package has to serve.
func Jobs() map[string]isolate.Job {
	return map[string]isolate.Job{JobName: isolate.Of(Run)}
}

// Run measures one round.
func Run(j Job) ([]Sample, error) {
	l, ok := app.Find(j.Library)
	if !ok {
		return nil, fmt.Errorf("no library is called %q", j.Library)
	}
	a := l.Build(app.Config{})
	var cookies *measure.Cookies
	if l.Bare != "" {
		var err error
		if cookies, err = Sessions(a, max(j.Sessions, 64)); err != nil {
			return nil, fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	var samples []Sample
	for _, o := range j.Operations {
		op := Operations[o]
		if !l.Has(op.Route) {
			continue
		}
		for _, procs := range j.Procs {
			failed := make([]error, procs)
			cost := measure.FullSpeed(procs, j.Time, func(worker int) func() {
				send := sender(a.Client(), op, cookies, worker, j.Sessions)
				failed[worker] = send()
				return func() { send() }
			})
			for _, err := range failed {
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", l.Name, op.Name, err)
				}
			}
			samples = append(samples, Sample{o, procs, cost})
		}
	}
	return samples, nil
}

// stride is a prime, so that neighbours in time are not neighbours in memory.
const stride = 7919

// sender returns what sends a request, and reports its failure. The test for
// that is part of what is measured, and next to nothing.
func sender(c app.Client, op Operation, cookies *measure.Cookies, worker, sessions int) func() error {
	check := func() error {
		if c.Status() != http.StatusOK {
			return fmt.Errorf("answer %d", c.Status())
		}
		return nil
	}
	switch {
	case !op.Cookie || cookies == nil:
		return func() error {
			c.Send(op.Route, "")
			return check()
		}
	case sessions == 0:
		cookie := cookies.At(worker % cookies.Len())
		return func() error {
			c.Send(op.Route, cookie)
			return check()
		}
	}
	n := cookies.Len()
	at := worker * n / 2 % n
	return func() error {
		at = (at + stride) % n
		c.Send(op.Route, cookies.At(at))
		return check()
	}
}

// Sessions creates n sessions.
func Sessions(a *app.App, n int) (*measure.Cookies, error) {
	c := a.Client()
	var cookies *measure.Cookies
	for range n {
		c.Send(app.Create, "")
		cookie, _ := c.Cookie()
		if c.Status() != http.StatusOK || cookie == "" {
			return nil, fmt.Errorf("creating a session: answer %d, cookie %q", c.Status(), cookie)
		}
		if cookies == nil {
			cookies = measure.NewCookies(n, len(cookie)+8)
		}
		cookies.Add(cookie)
	}
	return cookies, nil
}
