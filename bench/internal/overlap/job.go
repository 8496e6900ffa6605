// Package overlap counts what is lost and what comes back when requests of
// one session overlap: as it comes under load, and forced with a barrier.
package overlap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

// Job is one trial of one library.
type Job struct {
	// Library and Trial are their names.
	Library, Trial string
	// Engine and URL are where the library keeps its sessions, as in package
	// engine. "" is the library's memory.
	Engine, URL string
	// Operations is how many are tried, Time after how long to give up.
	Operations int
	Time       time.Duration
}

// Count is how often something went wrong.
type Count struct {
	// Operations were tried, and Wrong of them went wrong.
	Operations, Wrong int
}

// Per returns how many of n operations go wrong.
func (c Count) Per(n float64) float64 {
	if c.Operations == 0 {
		return 0
	}
	return float64(c.Wrong) * n / float64(c.Operations)
}

func (c *Count) add(other Count) {
	c.Operations += other.Operations
	c.Wrong += other.Wrong
}

// Trials under load.
const (
	// OwnKeys: each worker writes a key that nobody else writes, reads it
	// back, and reads it again before the next write. Wrong is a write that
	// was acknowledged and is not there, or not any more.
	OwnKeys = "own-keys"
	// Counter: all workers add to one number. Wrong is an addition that was
	// acknowledged and does not show, or shows twice.
	Counter = "counter"
	// AfterWrite and AfterRead: a logout while other requests of the session
	// write or read. Wrong is an old cookie that is logged in afterwards.
	AfterWrite = "after-write"
	AfterRead  = "after-read"
)

// Trials that a barrier forces are one operation each. Wrong is 1 if it is
// lost, or comes back.
const (
	// ForcedUpdate: a request has loaded the session when another writes a
	// key; then it writes one itself.
	ForcedUpdate = "forced-update"
	// ForcedWrite and ForcedRead: it has loaded the session when another
	// logs out; then it writes, or only ends.
	ForcedWrite = "forced-write"
	ForcedRead  = "forced-read"
)

const jobName = "overlap"

// Jobs are those that a program which uses this package has to serve.
func Jobs() map[string]isolate.Job {
	return map[string]isolate.Job{jobName: isolate.Of(Run)}
}

var trials = map[string]func(place, Job) (Count, error){
	OwnKeys:      ownKeys,
	Counter:      counter,
	AfterWrite:   afterWrite,
	AfterRead:    afterRead,
	ForcedUpdate: forcedUpdate,
	ForcedWrite:  forcedWrite,
	ForcedRead:   forcedRead,
}

// Run tries one thing with one library.
func Run(j Job) (count Count, err error) {
	trial := trials[j.Trial]
	if trial == nil {
		return Count{}, fmt.Errorf("no trial %q among %v", j.Trial, slices.Sorted(maps.Keys(trials)))
	}
	p, leave, err := openPlace(context.Background(), j)
	if err != nil {
		return Count{}, err
	}
	count, err = trial(p, j)
	return count, errors.Join(err, leave())
}
