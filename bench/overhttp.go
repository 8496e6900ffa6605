package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/endtoend"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// httpSettings are the flags of what is measured over HTTP.
type httpSettings struct {
	engines     string
	rounds      int
	time        time.Duration
	connections int
	profile     string
}

func (o *httpSettings) define(flags *flag.FlagSet) {
	flags.StringVar(&o.engines, "engines", "", "`regexp` of the engines to measure end to end")
	flags.IntVar(&o.rounds, "http-rounds", 5, "rounds end to end")
	flags.DurationVar(&o.time, "http-time", 2*time.Second, "time of one measurement end to end, in whole seconds")
	flags.IntVar(&o.connections, "connections", 64, "connections end to end")
	flags.StringVar(&o.profile, "profile", "", "`directory` for profiles of the applications that are measured end to end")
}

// httpSessions is how many sessions each application has.
const httpSessions = 1000

// measure measures ours and those contenders that a regular expression matches.
func (o httpSettings) measure(ctx context.Context, contenders string) (*report.Section, error) {
	engines, err := regexp.Compile(o.engines)
	if err != nil {
		return nil, fmt.Errorf("engines: %w", err)
	}
	chosen, err := regexp.Compile(contenders)
	if err != nil {
		return nil, fmt.Errorf("libraries: %w", err)
	}
	return endtoend.Measure(ctx, endtoend.Options{
		Engines: engines, Contenders: chosen, Rounds: o.rounds, Time: o.time, Connections: o.connections,
		Sessions: httpSessions, Profile: o.profile, Progress: progress("end to end"),
	})
}
