package memory_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store/memory"
)

// The package promises that a write examines this many entries.
const examined = 8

func TestSweepIsGradual(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const flood = 20_000
		s := memory.New(memory.Options{})
		for _, id := range ids[:flood] {
			create(t, s, id)
		}
		time.Sleep(time.Hour)

		// All have expired. Reading neither sees nor drops them.
		if n, err := s.Count(t.Context()); n != 0 || err != nil {
			t.Fatalf("Count: %d, %v", n, err)
		}
		if got := s.Held(); got != flood {
			t.Fatalf("it holds %d after the sessions have expired, want %d", got, flood)
		}

		// No write does much at once, and an eighth as many would do it all
		// if they fell evenly on the shards.
		before := flood
		for i := range flood / examined * 3 / 2 {
			if err := s.Delete(t.Context(), ids[flood+i], ""); err != nil {
				t.Fatal(err)
			}
			held := s.Held()
			if held < before-examined {
				t.Fatalf("one write dropped %d entries", before-held)
			}
			before = held
		}
		if before > flood/50 {
			t.Errorf("it still holds %d", before)
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
	})
}

// With a steady stream of sessions and no other writes, which is the worst
// case, those that have expired stay few.
func TestGarbageIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const alive = 3600 // one a second, for an hour
		s := memory.New(memory.Options{})
		for i := range 10 * alive {
			create(t, s, ids[i])
			time.Sleep(time.Second)
			if got := s.Held(); got > alive+alive/6 {
				t.Fatalf("it holds %d after %d seconds", got, i)
			}
		}
	})
}

// Deletions move entries to other cells. None may get out of the sweep's way
// for good, however they fall.
func TestSweepMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 500
		s := memory.New(memory.Options{MaxSessions: 2000}) // one shard
		create(t, s, ids[:2*n]...)
		time.Sleep(59 * time.Minute)
		create(t, s, ids[2*n:3*n]...)
		for i := range n {
			// Behind the cursor or before it, nobody knows.
			if err := s.Delete(t.Context(), ids[i], ""); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute) // the second n expire, the third do not
		for range 2 * (2 * n) / examined {
			if err := s.Touch(t.Context(), ids[2*n], time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Held(); got != n {
			t.Errorf("it holds %d, want %d", got, n)
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
	})
}
