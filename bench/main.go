// Bench measures Sojourn beside its peers and writes docs/benchmarks.md and
// the plots beside it:
//
//	go run . -docs ../docs
//
// A section that a run leaves out stays on the page as it was. The flags say
// how much is measured; with the defaults it takes about ten minutes on two
// processors.
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
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
