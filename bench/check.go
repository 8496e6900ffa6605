package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/check"
)

// runCheck compares what requests cost with what is recorded, or records it.
func runCheck(args []string) error {
	flags := flag.NewFlagSet("bench check", flag.ContinueOnError)
	file := flags.String("file", "recorded.json", "`file` of what is recorded")
	record := flags.Bool("record", false, "record what is measured instead of comparing it")
	allocations := flags.Bool("allocations", false, "allocations only")
	rounds := flags.Int("rounds", 15, "rounds, of which the median counts")
	d := flags.Duration("time", 100*time.Millisecond, "time of one measurement")
	if err := flags.Parse(args); err != nil {
		return err
	}
	recorded, err := check.Read(*file)
	if err != nil {
		return err
	}
	measured := recorded
	if measured.Allocations, err = check.Allocations(); err != nil {
		return err
	}
	losses := check.Compare("allocations", recorded.Allocations, measured.Allocations)
	if !*allocations {
		if measured.Ratios, err = check.Ratios(*rounds, *d); err != nil {
			return err
		}
		losses = append(losses, check.Compare("times the floor", recorded.Ratios, measured.Ratios)...)
	}
	if *record {
		return measured.Write(*file)
	}
	fmt.Printf("allocations: %v\ntimes the floor: %v\n", measured.Allocations, measured.Ratios)
	if !*allocations && recorded.Ratios == nil {
		return fmt.Errorf("%s has no times yet: record them with -record, on a quiet machine", *file)
	}
	if len(losses) > 0 {
		return fmt.Errorf("costs more than in %s, by more than %d %%:\n%s", *file, int(100*check.Loss), strings.Join(losses, "\n"))
	}
	fmt.Fprintln(os.Stderr, "nothing was lost")
	return nil
}
