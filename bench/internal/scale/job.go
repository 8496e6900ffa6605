// Package scale measures what many sessions cost: memory, the garbage
// collector's work, and how long requests wait while sessions expire and
// while they are created.
package scale

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/inprocess"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
)

// Job is one library with so many sessions.
type Job struct {
	// Library is its name.
	Library string
	// Sessions is how many live throughout.
	Sessions int
	// Window is how long each measurement takes. That of the expiry lasts
	// until the library has swept.
	Window time.Duration
}

// Result is what was measured.
type Result struct {
	// Sessions is how many lived throughout.
	Sessions int
	// Bytes and Objects are what a session takes of the heap.
	Bytes, Objects float64
	// Create is how long it took to create one, in nanoseconds.
	Create float64
	// Collect is how long a garbage collection takes, in milliseconds.
	Collect float64
	// Request is the time between two requests at full speed, in
	// nanoseconds, and Share the garbage collector's share of the processors
	// meanwhile.
	Request, Share float64
	// Pause is the longest stop of the world meanwhile, in microseconds.
	Pause float64
	// Machine are the delays of nothing at all: those that come from the
	// machine, before there is a session.
	Machine measure.Delays
	// Quiet, Creating and Expiring are the delays of requests while nothing
	// else happens, while sessions are created at full speed, and while half
	// as many sessions as there are expire within a second.
	Quiet, Creating, Expiring measure.Delays
}

// GCPerRequest is how much processor time the garbage collector takes for a
// request at full speed, in nanoseconds.
func (r Result) GCPerRequest() float64 {
	return r.Request * float64(runtime.NumCPU()) * r.Share
}

const jobName = "scale"

// Jobs are those that a program which uses this package has to serve.
func Jobs() map[string]isolate.Job {
	return map[string]isolate.Job{jobName: isolate.Of(Run)}
}

const (
	// sweep is how often libraries sweep where that can be set.
	sweep = 2 * time.Second
	// fixed is how often those do that cannot be told, at most.
	fixed = 10 * time.Second
	// interval is that of requests whose delays are measured.
	interval = 200 * time.Microsecond
	// writes is how many requests go to one that writes.
	writes = 10
)

// Run measures one library.
func Run(j Job) (r Result, err error) {
	l, ok := app.Find(j.Library)
	if !ok || !l.Expires {
		return r, fmt.Errorf("no library whose sessions expire is called %q", j.Library)
	}
	a := l.Build(app.Config{Lifetime: 24 * time.Hour, Sweep: sweep})
	first, err := inprocess.Sessions(a, 1)
	if err != nil {
		return r, err
	}
	cookies := measure.NewCookies(j.Sessions, len(first.At(0))+16)

	r.Machine = measure.Paced(interval, j.Window, func() {})
	r.Sessions = j.Sessions
	bytes, objects := measure.Heap()
	start := time.Now()
	if err := fill(a, j.Sessions, cookies.Add); err != nil {
		return r, err
	}
	r.Create = float64(time.Since(start)) / float64(j.Sessions)
	bytesNow, objectsNow := measure.Heap()
	r.Bytes = float64(bytesNow-bytes) / float64(j.Sessions)
	r.Objects = float64(objectsNow-objects) / float64(j.Sessions)
	r.Collect = float64(measure.Collect(3)) / 1e6

	cost := measure.FullSpeed(runtime.NumCPU(), j.Window, func(worker int) func() { return mixed(a, cookies, uint64(worker)) })
	r.Request, r.Share, r.Pause = cost.Nanos, cost.Collector.Share(), cost.Collector.Pause*1e6

	r.Quiet = measure.Paced(interval, j.Window, mixed(a, cookies, 0))
	if r.Expiring, err = expiring(l, a, j, cookies, r.Create); err != nil {
		return r, err
	}
	r.Creating, err = creating(a, j, cookies)
	runtime.KeepAlive(a)
	return r, err
}

// fill creates n sessions and tells add the cookies.
func fill(a *app.App, n int, add func(cookie string)) error {
	c := a.Client()
	for range n {
		c.Send(app.Create, "")
		cookie, _ := c.Cookie()
		if c.Status() != http.StatusOK || cookie == "" {
			return fmt.Errorf("creating a session: answer %d, cookie %q", c.Status(), cookie)
		}
		add(cookie)
	}
	return nil
}

// mixed returns what sends requests of random sessions, most of which read.
func mixed(a *app.App, cookies *measure.Cookies, seed uint64) func() {
	c := a.Client()
	random := rand.New(rand.NewPCG(seed, 2))
	n := 0
	return func() {
		route := app.Read
		if n++; n%writes == 0 {
			route = app.ReadWrite
		}
		c.Send(route, cookies.At(random.IntN(cookies.Len())))
		if c.Status() != http.StatusOK {
			panic(fmt.Sprintf("%v: answer %d", route, c.Status()))
		}
	}
}

// expiring measures delays while half as many sessions as there are expire.
func expiring(l app.Library, a *app.App, j Job, cookies *measure.Cookies, create float64) (measure.Delays, error) {
	n := j.Sessions / 2
	// Creating them may well take longer than it did.
	deadline := time.Now().Add(time.Duration(1.5*create*float64(n)) + 2*time.Second)
	var last string
	for left := n; left > 0; {
		// Sessions live for a time that counts from when they are created;
		// so that they end together, it has to become shorter.
		short := a.WithLifetime(max(time.Until(deadline), time.Second))
		some := min(left, max(int(float64(time.Second)/create), 1))
		if err := fill(short, some, func(cookie string) { last = cookie }); err != nil {
			return measure.Delays{}, err
		}
		left -= some
	}
	if now := time.Now(); now.Add(time.Second).After(deadline) {
		deadline = now.Add(time.Second) // it took longer than expected
	}
	runtime.GC()
	time.Sleep(time.Until(deadline.Add(-j.Window / 4)))

	wait, late := sweep, time.Duration(0)
	switch l.Name {
	case "fiber, session":
		wait, late = fixed, 2*time.Second // it counts in seconds
	case "go-session":
		late = 2 * time.Second
	case "iris, sessions":
		late = 15 * time.Second // each has a timer, and all of these take one lock
	}
	d := measure.Paced(interval, j.Window+wait, mixed(a, cookies, 0))
	// To look is to extend in some libraries, so this is done once, when even
	// those are gone whose lifetime was rounded up.
	time.Sleep(time.Until(deadline.Add(wait + late)))
	c := a.Client()
	if c.Send(app.Read, last); c.Status() == http.StatusOK {
		return d, fmt.Errorf("%s: a session that was to expire is alive", l.Name)
	}
	return d, nil
}

// creating measures delays while all other processors create sessions.
func creating(a *app.App, j Job, cookies *measure.Cookies) (measure.Delays, error) {
	var (
		wg     sync.WaitGroup
		stop   atomic.Bool
		failed = make([]error, max(runtime.NumCPU()-1, 1))
	)
	for w := range failed {
		wg.Go(func() {
			for !stop.Load() && failed[w] == nil {
				failed[w] = fill(a, 32, func(string) {})
			}
		})
	}
	d := measure.Paced(interval, j.Window, mixed(a, cookies, 0))
	stop.Store(true)
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return d, err
		}
	}
	return d, nil
}
