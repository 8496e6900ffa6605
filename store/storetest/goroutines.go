package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

const leavesNoGoroutines = "LeavesNoGoroutines"

// opened numbers the stores of checkGoroutines, so that it can tell apart those
// that are open at the same time.
var opened atomic.Int64

// checkGoroutines opens a store, uses and closes it, and looks for goroutines
// that are left. Others start goroutines meanwhile; those of the store are known
// by a profiling label, which a goroutine inherits from the one that starts it.
func checkGoroutines(t *testing.T, newStore func(*testing.T) store.Store) {
	// What the first store of a program starts may be for all of them.
	newStore(t)

	label := fmt.Sprintf("storetest-%d", opened.Add(1))
	pprof.Do(context.Background(), pprof.Labels("store", label), func(context.Context) {
		t.Run("Open", func(t *testing.T) {
			s := newStore(t)
			for _, err := range together(racers, func(i int) error {
				_, err := s.Create(bounded(t), nth("id", i), object(i), in(time.Hour))
				return err
			}) {
				if err != nil {
					t.Errorf("Create: %v", err)
				}
			}
			if c, ok := s.(io.Closer); ok {
				if err := c.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
		})
	})

	// A goroutine that has been told to end may take a moment. A driver may have
	// one that sleeps for seconds before it looks.
	deadline := time.Now().Add(3 * soon)
	left := labelled(t, label)
	for left != "" && time.Now().Before(deadline) {
		time.Sleep(pause)
		left = labelled(t, label)
	}
	if left != "" {
		t.Errorf("goroutines are left after the store was closed:\n%s", left)
	}
}

// labelled returns the stacks of the goroutines that have the label.
func labelled(t *testing.T, label string) string {
	t.Helper()
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	var stacks []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, label) {
			stacks = append(stacks, stack)
		}
	}
	return strings.Join(stacks, "\n\n")
}
