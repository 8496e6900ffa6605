package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/overlap"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// overlapSettings are the flags of what overlaps.
type overlapSettings struct {
	memory, engines overlap.Limits
	on              string
	mongoDB         time.Duration
}

func (o *overlapSettings) define(flags *flag.FlagSet) {
	flags.IntVar(&o.memory.Operations, "operations", 10_000_000, "overlapping operations to try with each library in memory")
	flags.DurationVar(&o.memory.Ours, "our-trial", 5*time.Minute, "time after which to try no more of a kind with sojourn")
	flags.DurationVar(&o.memory.Peers, "trial", 2*time.Second, "time after which to try no more of a kind with a peer")
	flags.StringVar(&o.on, "engine-trials", "", "`regexp` of the engines to try overlapping operations on, as -engines is for end to end")
	flags.IntVar(&o.engines.Operations, "engine-operations", 1_000_000, "overlapping operations to try on each engine")
	flags.DurationVar(&o.engines.Ours, "our-engine-trial", 10*time.Minute, "time after which to try no more of a kind with sojourn on an engine")
	flags.DurationVar(&o.engines.Peers, "engine-trial", 5*time.Second, "time after which to try no more of a kind with a peer on an engine")
	flags.DurationVar(&o.mongoDB, "mongodb-trial", 30*time.Second, "the same with sojourn on the MongoDB engine, which is slow")
}

func (o overlapSettings) measure(ctx context.Context, libraries []app.Library) (*report.Section, error) {
	pattern, err := regexp.Compile(o.on)
	if err != nil {
		return nil, fmt.Errorf("engine-trials: %w", err)
	}
	options := overlap.Options{Libraries: libraries, Memory: o.memory, Progress: progress("correctness")}
	for _, name := range engine.Names() {
		if name == engine.Memory || !pattern.MatchString(name) {
			continue
		}
		limits := o.engines
		if name == engine.MongoDB {
			limits.Ours = o.mongoDB
		}
		options.Engines = append(options.Engines, overlap.Engine{Name: name, Limits: limits})
	}
	return overlap.Measure(ctx, options)
}
