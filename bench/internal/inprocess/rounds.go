package inprocess

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
)

// Options say how much is measured.
type Options struct {
	// Libraries are those to be measured.
	Libraries []app.Library
	// Rounds is how often each is.
	Rounds int
	// Time is how long each measurement takes.
	Time time.Duration
	// Sessions is how many there are while scaling is measured.
	Sessions int
	// Progress is told what is done next.
	Progress func(string)
}

// Costs are what requests cost, one for each round.
type Costs map[key][]measure.Cost

type key struct {
	library          string
	operation, procs int
}

// Nanos returns the times of a library's operation, one for each round.
func (c Costs) Nanos(library string, operation, procs int) (all []float64) {
	for _, cost := range c[key{library, operation, procs}] {
		all = append(all, cost.Nanos)
	}
	return all
}

// allocs returns the medians of a library's allocations on one processor.
func (c Costs) allocs(library string, operation int) (allocs, bytes float64) {
	var a, b []float64
	for _, cost := range c[key{library, operation, 1}] {
		a, b = append(a, cost.Allocs), append(b, cost.Bytes)
	}
	return measure.Sum(a).Median, measure.Sum(b).Median
}

// processors are the numbers of processors that are measured with.
func processors() []int {
	return slices.Compact([]int{1, runtime.NumCPU()})
}

// rounds measures libraries in turn, each round in the opposite order, so that
// when the machine becomes slower for a while it does for all of them. Each
// round of each library is a process of its own.
func rounds(ctx context.Context, o Options, libraries []app.Library, j Job) (Costs, error) {
	costs := make(Costs)
	order := slices.Clone(libraries)
	for range o.Rounds {
		for _, l := range order {
			o.Progress(l.Name)
			j.Library = l.Name
			samples, err := isolate.Run[[]Sample](ctx, JobName, j)
			if err != nil {
				return nil, err
			}
			for _, s := range samples {
				k := key{l.Name, s.Operation, s.Procs}
				costs[k] = append(costs[k], s.Cost)
			}
		}
		slices.Reverse(order)
	}
	return costs, nil
}
