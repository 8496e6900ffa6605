package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/overlap"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// overlapFlags defines how much is tried of what overlaps.
func (o *settings) overlapFlags(flags *flag.FlagSet) {
	memory, on := &o.overlap.Memory, &o.overlap.Engine
	flags.IntVar(&memory.Operations, "operations", 10_000_000, "overlapping operations to try with each library in memory")
	flags.DurationVar(&memory.Ours, "our-trial", 5*time.Minute, "time after which to try no more of a kind with sojourn")
	flags.DurationVar(&memory.Peers, "trial", 2*time.Second, "time after which to try no more of a kind with a peer")
	flags.StringVar(&o.overlapOn, "engine-trials", "", "`regexp` of the engines to try overlapping operations on")
	flags.IntVar(&on.Operations, "engine-operations", 1_000_000, "overlapping operations to try on each engine")
	flags.DurationVar(&on.Ours, "our-engine-trial", 5*time.Minute, "time after which to try no more of a kind with sojourn on an engine")
	flags.DurationVar(&on.Peers, "engine-trial", 5*time.Second, "time after which to try no more of a kind with a peer on an engine")
}

func (o settings) overlapping(ctx context.Context, libraries []app.Library) (*report.Section, error) {
	pattern, err := regexp.Compile(o.overlapOn)
	if err != nil {
		return nil, fmt.Errorf("engine-trials: %w", err)
	}
	options := o.overlap
	options.Libraries, options.Progress = libraries, progress("correctness")
	options.Engines = slices.DeleteFunc(engine.Names(), func(name string) bool { return name == engine.Memory || !pattern.MatchString(name) })
	return overlap.Measure(ctx, options)
}
