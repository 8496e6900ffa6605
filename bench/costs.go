package main

import (
	"context"
	"flag"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// costSettings are the flags of what a session costs.
type costSettings struct {
	sessions int
	time     time.Duration
	file     string
}

func (o *costSettings) define(flags *flag.FlagSet) {
	flags.IntVar(&o.sessions, "kept", 100_000, "sessions that each engine keeps while their costs are measured")
	flags.DurationVar(&o.time, "spell", 3*time.Second, "time in which the costs of one operation are measured")
	flags.StringVar(&o.file, "costs", "costs.json", "`file` that the costs are written to")
}

func (o costSettings) measure(ctx context.Context) (*report.Section, error) {
	return costs.Measure(ctx, costs.Options{Sessions: o.sessions, Time: o.time, File: o.file, Stamp: report.Place(time.Now()), Progress: progress("costs")})
}
