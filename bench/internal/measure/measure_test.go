package measure

import (
	"fmt"
	"testing"
	"time"
)

func TestFullSpeed(t *testing.T) {
	sent := make([]int64, 2)
	c := FullSpeed(2, 20*time.Millisecond, func(worker int) func() {
		return func() { sent[worker]++ }
	})
	if c.Requests == 0 || c.Requests != sent[0]+sent[1]-2*2*batch || c.Nanos <= 0 {
		t.Errorf("%+v for %d requests", c, sent)
	}
}

// sink keeps what is allocated from being left out.
var sink []byte

func TestAllocations(t *testing.T) {
	allocs, bytes := Allocations(1000, func() { sink = make([]byte, 512) })
	if allocs < 1 || allocs > 1.2 || bytes < 512 || bytes > 600 {
		t.Errorf("%v allocations, %v bytes", allocs, bytes)
	}
}

// Whoever waits behind a request that is held up is held up as well.
func TestPacedCountsTheQueue(t *testing.T) {
	n := 0
	d := Paced(time.Millisecond, 400*time.Millisecond, func() {
		if n++; n == 10 {
			time.Sleep(200 * time.Millisecond)
		}
	})
	if d.Max < 200_000 {
		t.Errorf("the longest took %v µs", d.Max)
	}
	// Half of them were due while the tenth held them up, or came after
	// those: a quarter waited for 100 ms at the least.
	if d.P99 < 100_000 {
		t.Errorf("p99 %v µs", d.P99)
	}
}

func TestQuantiles(t *testing.T) {
	var took []time.Duration
	for i := range 1000 {
		took = append(took, time.Duration(1000-i)*time.Microsecond)
	}
	want := Delays{P50: 501, P99: 991, P999: 1000, Max: 1000, Requests: 1000}
	if got := quantiles(took); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := quantiles(nil); got != (Delays{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestCollecting(t *testing.T) {
	c := Collecting(func() {
		for range 200 {
			sink = make([]byte, 1<<20)
		}
		Collect(2)
	})
	if c.Cycles < 2 || c.Seconds <= 0 || c.Share() <= 0 || c.Share() >= 1 || c.Pause <= 0 {
		t.Errorf("%+v, share %v", c, c.Share())
	}
	if c := Collecting(func() {}); c.Cycles != 0 || c.Seconds != 0 || c.Share() != 0 {
		t.Errorf("of nothing: %+v, share %v", c, c.Share())
	}
}

func TestSpread(t *testing.T) {
	if got, want := Sum([]float64{4, 1, 2, 9}), (Spread{3, 1, 9}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := Ratio([]float64{10, 40, 90}, []float64{10, 20, 30}), (Spread{2, 1, 3}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestCookies(t *testing.T) {
	c := NewCookies(2, 4)
	for i := range 300 {
		c.Add(fmt.Sprint("c=", i))
	}
	for i := range c.Len() {
		if got, want := c.At(i), fmt.Sprint("c=", i); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}
