// Bench measures Sojourn beside its peers and writes docs/benchmarks.md and
// the plots beside it:
//
//	go run . -docs ../docs
//
// A section that a run leaves out stays on the page as it was. The flags say
// how much is measured; with the defaults it takes about an hour on two
// processors, most of it for operations that overlap.
//
//	go run . check
//
// compares Sojourn's allocations, and its times as multiples of the floor's,
// with those in recorded.json and fails if more than a fifth was lost. With
// -record it records them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

func main() {
	isolate.Main(jobs())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	args := os.Args[1:]
	var err error
	if len(args) > 0 && args[0] == "check" {
		err = runCheck(args[1:])
	} else {
		err = run(ctx, args)
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
