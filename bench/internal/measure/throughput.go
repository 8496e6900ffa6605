// Package measure measures what requests cost: time and allocations at full
// speed, delays at a steady pace, memory, and the garbage collector's share.
package measure

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Cost is what a request costs on average.
type Cost struct {
	// Nanos is the time between two requests, of all workers together.
	Nanos float64
	// Bytes and Allocs are what was allocated for a request.
	Bytes, Allocs float64
	// Requests is how many were sent.
	Requests int64
	// Collector is what the garbage collector did meanwhile.
	Collector Collector `json:"-"`
}

// batch is how many requests are sent between two looks at the clock.
const batch = 32

// FullSpeed lets workers, as many as there are processors to use, send one
// request after another for d. It asks start for each worker's request before
// that. It changes GOMAXPROCS meanwhile.
func FullSpeed(procs int, d time.Duration, start func(worker int) (send func())) Cost {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	sends := make([]func(), procs)
	for i := range sends {
		sends[i] = start(i)
		for range 2 * batch { // pools fill, tables of the runtime grow
			sends[i]()
		}
	}

	var (
		c             Cost
		before, after runtime.MemStats
	)
	runtime.ReadMemStats(&before)
	collector := Collecting(func() { c = sendAll(sends, d) })
	runtime.ReadMemStats(&after)
	c.Collector = collector
	c.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(c.Requests)
	c.Allocs = float64(after.Mallocs-before.Mallocs) / float64(c.Requests)
	return c
}

func sendAll(sends []func(), d time.Duration) Cost {
	var (
		mu   sync.Mutex
		wg   sync.WaitGroup
		stop atomic.Bool
		sent int64
		rate float64 // requests per nanosecond
	)
	for _, send := range sends {
		wg.Go(func() {
			n := int64(0)
			started := time.Now()
			for done := false; !done; done = stop.Load() {
				for range batch {
					send()
				}
				n += batch
			}
			took := time.Since(started)
			mu.Lock()
			defer mu.Unlock()
			sent += n
			rate += float64(n) / float64(took)
		})
	}
	time.Sleep(d)
	stop.Store(true)
	wg.Wait()
	return Cost{Nanos: 1 / rate, Requests: sent}
}

// Allocations returns how many allocations a request makes, on average over n
// of them, and how many bytes these take.
func Allocations(n int, send func()) (allocs, bytes float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 2 * batch {
		send()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		send()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}
