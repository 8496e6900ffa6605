package mongostore_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play a second process, and checks after all tests
// that neither a proxy nor a driver still runs.
//
// FerretDB keeps a processor busy, so that tests side by side only make each
// other late.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		f.Value.Set("2")
	}
	code := m.Run()
	if left := goroutinesLeft(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left after all tests:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// goroutinesLeft returns the stacks of all goroutines but the one that asks. Those
// that end on a signal get a moment to do so.
func goroutinesLeft() string {
	deadline := time.Now().Add(10 * time.Second)
	for {
		stacks := make([]byte, 1<<20)
		_, left, _ := strings.Cut(string(stacks[:runtime.Stack(stacks, true)]), "\n\n")
		if left == "" || time.Now().After(deadline) {
			return left
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// within returns a context that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

const patience = time.Minute
