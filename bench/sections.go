package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/endtoend"
	"github.com/sojourn-dev/sojourn/bench/internal/inprocess"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/overlap"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
	"github.com/sojourn-dev/sojourn/bench/internal/scale"
)

// settings are the flags.
type settings struct {
	docs      string
	only      string
	libraries string
	rounds    int
	time      time.Duration
	scaling   int

	overlap      overlapSettings
	sessions     string
	peerSessions int
	window       time.Duration
	costs        costSettings
	http         httpSettings
}

// sections measure what the page shows, in its order.
var sections = []struct {
	name    string
	measure func(context.Context, settings, []app.Library) (*report.Section, error)
}{
	{"in-process", func(ctx context.Context, o settings, libraries []app.Library) (*report.Section, error) {
		return inprocess.Measure(ctx, o.inProcess("in process", o.rounds, libraries))
	}},
	{"scaling", func(ctx context.Context, o settings, libraries []app.Library) (*report.Section, error) {
		return inprocess.MeasureScaling(ctx, o.inProcess("scaling", max(o.rounds*3/5, 1), libraries))
	}},
	{"correctness", func(ctx context.Context, o settings, libraries []app.Library) (*report.Section, error) {
		return o.overlap.measure(ctx, libraries)
	}},
	{"scale", func(ctx context.Context, o settings, libraries []app.Library) (*report.Section, error) {
		sessions, err := numbers(o.sessions)
		if err != nil {
			return nil, err
		}
		return scale.Measure(ctx, scale.Options{Libraries: libraries, Sessions: sessions, PeerSessions: o.peerSessions, Window: o.window, Progress: progress("scale")})
	}},
	{"end-to-end", func(ctx context.Context, o settings, _ []app.Library) (*report.Section, error) {
		return o.http.measure(ctx, o.libraries)
	}},
	{"costs", func(ctx context.Context, o settings, _ []app.Library) (*report.Section, error) {
		return o.costs.measure(ctx)
	}},
}

// numbers parses numbers separated by commas, and sorts them.
func numbers(list string) (all []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 {
			return nil, fmt.Errorf("%q is no number of sessions, which is 100 at least", text)
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return all, nil
}

// jobs are what this program does in processes of their own.
func jobs() map[string]isolate.Job {
	all := make(map[string]isolate.Job)
	maps.Copy(all, inprocess.Jobs())
	maps.Copy(all, overlap.Jobs())
	maps.Copy(all, scale.Jobs())
	maps.Copy(all, costs.Jobs())
	maps.Copy(all, endtoend.Jobs())
	return all
}

func (o settings) inProcess(what string, rounds int, libraries []app.Library) inprocess.Options {
	return inprocess.Options{
		Libraries: libraries, Rounds: rounds, Time: o.time, Sessions: o.scaling,
		Progress: progress(what),
	}
}

// progress tells what is being measured, on a line of its own.
func progress(what string) func(string) {
	start := time.Now()
	return func(next string) {
		fmt.Fprintf(os.Stderr, "%s: %4.0fs %s\n", what, time.Since(start).Seconds(), next)
	}
}

func run(ctx context.Context, args []string) error {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	var o settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.docs, "docs", "../docs", "`directory` of the page")
	flags.StringVar(&o.only, "only", strings.Join(names, ","), "`sections` to measure")
	flags.StringVar(&o.libraries, "libraries", "", "`regexp` of the libraries to measure beside sojourn and the floor")
	flags.IntVar(&o.rounds, "rounds", 11, "rounds in process")
	flags.DurationVar(&o.time, "time", 100*time.Millisecond, "time of one measurement in process")
	flags.IntVar(&o.scaling, "scaling", 100_000, "sessions while scaling is measured")
	o.overlap.define(flags)
	flags.StringVar(&o.sessions, "sessions", "100000,1000000,5000000", "`numbers` of sessions at scale")
	flags.IntVar(&o.peerSessions, "peer-sessions", 1_000_000, "sessions at scale that peers have at most")
	flags.DurationVar(&o.window, "window", 2500*time.Millisecond, "time of one measurement at scale")
	o.costs.define(flags)
	o.http.define(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	only := strings.Split(o.only, ",")
	for _, name := range only {
		if !slices.Contains(names, name) {
			return fmt.Errorf("no section is called %q", name)
		}
	}
	if slices.Contains(only, "end-to-end") {
		if err := endtoend.Ready(); err != nil {
			return err // before the others have taken their time
		}
	}
	return o.write(ctx, only)
}

func (o settings) write(ctx context.Context, only []string) error {
	pattern, err := regexp.Compile(o.libraries)
	if err != nil {
		return err
	}
	libraries := slices.DeleteFunc(app.Libraries(), func(l app.Library) bool {
		return l.Name != app.Ours && l.Name != app.Floor && !pattern.MatchString(l.Name)
	})
	stamp := report.Stamp(time.Now())
	for _, s := range sections {
		if !slices.Contains(only, s.name) {
			continue
		}
		measured, err := s.measure(ctx, o, libraries)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		// Written at once, so that what comes after may fail.
		if err := report.Write(o.docs, stamp, []*report.Section{measured}); err != nil {
			return err
		}
	}
	return nil
}
