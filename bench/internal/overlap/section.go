package overlap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// Options say how much is tried.
type Options struct {
	// Libraries are those to be tried.
	Libraries []app.Library
	// Operations is how many are tried of each kind, Time how long at most.
	Operations int
	Time       time.Duration
	// Progress is told what is done next.
	Progress func(string)
}

const million = 1e6

// Measure tries everything with all libraries of sessions.
func Measure(ctx context.Context, o Options) (*report.Section, error) {
	s := &report.Section{Name: "correctness", Title: "What is lost and what comes back"}
	s.Printf("Requests of one session overlap, eight at a time; between loading the session and going on a handler lets others run, as one does that "+
		"waits for a database. Counted are, each in a million: *updates lost*, where each request writes a key of its own, was told that it is stored, and "+
		"does not find it then, or before its next write; *additions lost*, where all add one to the same number, each library in the way it has for it, "+
		"which for the peers is to get it and to set it; and logouts after which "+
		"the old cookie is logged in again, because a request that *wrote* or only *read* was under way. Up to %s operations of each kind, or %v.\n\n",
		report.Number(float64(o.Operations)), o.Time)
	load := report.Table{Head: []string{"in a million", "updates lost", "additions lost", "back after a write", "back after a read", "operations"}}
	barrier := report.Table{Head: []string{"forced with a barrier", "update lost", "back after a write", "back after a read"}}
	var targets report.Targets
	for _, l := range o.Libraries {
		if !l.Sessions() {
			continue
		}
		o.Progress(l.Name)
		row, wrong, operations := []string{report.Name(l.Name)}, 0, 0
		for _, trial := range []string{OwnKeys, Counter, AfterWrite, AfterRead} {
			count, cell, err := try(ctx, Job{l.Name, trial, o.Operations, o.Time})
			if err != nil {
				return nil, err
			}
			row = append(row, cell)
			wrong += count.Wrong
			operations += count.Operations
		}
		load.Row(append(row, report.Number(float64(operations)))...)
		if l.Name == app.Ours {
			targets.Below(fmt.Sprintf("lost or brought back in %s operations", report.Number(float64(operations))), float64(wrong), 0)
		}

		row = []string{report.Name(l.Name)}
		for _, trial := range []string{ForcedUpdate, ForcedWrite, ForcedRead} {
			count, cell, err := try(ctx, Job{l.Name, trial, 1, o.Time})
			if err != nil {
				return nil, err
			}
			if count.Operations == 1 {
				cell = map[int]string{0: "no", 1: "**yes**"}[count.Wrong]
			}
			row = append(row, cell)
		}
		barrier.Row(row...)
	}
	s.Printf("%s%s", targets.String(), load.String())
	s.Printf("Where a process was ended by Go's runtime, because the library let two requests write to one map, what it said stands in place of a number. "+
		"A session that lives in its cookie cannot be ended by the server, so the old cookie is always logged in; and browsers send what they have "+
		"when a request leaves.\n\n%s", barrier.String())
	return s, nil
}

// try tries one thing in a process of its own, which may crash, or never end.
func try(ctx context.Context, j Job) (Count, string, error) {
	limited, cancel := context.WithTimeout(ctx, 2*j.Time+time.Minute)
	defer cancel()
	count, err := isolate.Run[Count](limited, jobName, j)
	var crash *isolate.CrashError
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil && j.Library != app.Ours:
		return Count{}, "hung", nil
	case errors.As(err, &crash):
		return Count{}, "crashed: " + crash.Reason, nil
	case err != nil:
		return Count{}, "", fmt.Errorf("%s: %s: %w", j.Library, j.Trial, err)
	}
	return count, report.Number(count.Per(million)), nil
}
