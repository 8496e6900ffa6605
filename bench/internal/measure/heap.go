package measure

import (
	"math"
	"runtime"
	"runtime/metrics"
	"time"
)

// Heap returns the bytes and objects that are alive.
func Heap() (bytes, objects int64) {
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.HeapObjects)
}

// Collect returns how long one collection takes, the shortest of n.
func Collect(n int) time.Duration {
	shortest := time.Duration(math.MaxInt64)
	for range n {
		start := time.Now()
		runtime.GC()
		shortest = min(shortest, time.Since(start))
	}
	return shortest
}

// Collector is what the garbage collector did between two instants.
type Collector struct {
	// Seconds is processor time of the collector, Busy that of the whole
	// process.
	Seconds, Busy float64
	// Cycles is how many collections ended.
	Cycles uint64
	// Pause is the longest time, in seconds, for which the world was stopped,
	// as exact as the runtime's histogram.
	Pause float64
}

// Share is the collector's part of the time that processors worked.
func (c Collector) Share() float64 {
	if c.Busy <= 0 {
		return 0
	}
	return c.Seconds / c.Busy
}

const (
	gcTime    = "/cpu/classes/gc/total:cpu-seconds"
	gcIdle    = "/cpu/classes/gc/mark/idle:cpu-seconds"
	userTime  = "/cpu/classes/user:cpu-seconds"
	gcCycles  = "/gc/cycles/total:gc-cycles"
	gcPauses  = "/sched/pauses/total/gc:seconds"
	scavenger = "/cpu/classes/scavenge/total:cpu-seconds"
)

// Collecting returns what the garbage collector does while work runs. What it
// does with processors that nobody else wants does not count.
//
// The runtime adds processor times up when a collection ends. So there is one
// before, and one afterwards, whose part is taken off again.
func Collecting(work func()) Collector {
	runtime.GC()
	before := readMetrics()
	work()
	pauses := readMetrics()[gcPauses]
	runtime.GC()
	after := readMetrics()

	float := func(name string) float64 { return after[name].Float64() - before[name].Float64() }
	all := after[gcCycles].Uint64() - before[gcCycles].Uint64()
	c := Collector{
		Cycles: all - 1,
		Pause:  longest(before[gcPauses].Float64Histogram(), pauses.Float64Histogram()),
	}
	c.Seconds = (float(gcTime) - float(gcIdle)) * float64(c.Cycles) / float64(all)
	c.Busy = c.Seconds + float(userTime) + float(scavenger)
	return c
}

func readMetrics() map[string]metrics.Value {
	var samples []metrics.Sample
	for _, name := range []string{gcTime, gcIdle, userTime, gcCycles, gcPauses, scavenger} {
		samples = append(samples, metrics.Sample{Name: name})
	}
	metrics.Read(samples)
	values := make(map[string]metrics.Value)
	for _, s := range samples {
		values[s.Name] = s.Value
	}
	return values
}

// longest returns the upper bound of the highest bucket that something was
// added to.
func longest(before, after *metrics.Float64Histogram) float64 {
	for i := len(after.Counts) - 1; i >= 0; i-- {
		if after.Counts[i] > before.Counts[i] {
			if upper := after.Buckets[i+1]; !math.IsInf(upper, 1) {
				return upper
			}
			return after.Buckets[i]
		}
	}
	return 0
}
