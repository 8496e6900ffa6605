package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

const (
	// patience is how long a single step may take before it counts as hung.
	patience = 2 * time.Minute

	// precision is how coarsely an engine may keep an expiry.
	precision = time.Second
)

// bounded returns a context for the steps of one check, so that an engine which
// hangs fails the check instead of the whole test run.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// in returns the instant d from now on.
func in(d time.Duration) time.Time {
	return time.Now().Add(d)
}

// object returns a small session that differs with n.
func object(n int) string {
	return fmt.Sprintf(`{"n":%d}`, n)
}

// nth returns the i-th id of those that begin with prefix.
func nth(prefix string, i int) string {
	return fmt.Sprintf("%s-%d", prefix, i)
}

func create(t *testing.T, s store.Store, id, data string) store.Version {
	t.Helper()
	v, err := s.Create(bounded(t), id, data, in(time.Hour))
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	if v == "" {
		t.Fatal("Create returns an empty version")
	}
	return v
}

func get(t *testing.T, s store.Store, id string) store.Record {
	t.Helper()
	r, err := s.Get(bounded(t), id)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if r.Version == "" {
		t.Fatal("Get returns an empty version")
	}
	return r
}

func save(t *testing.T, s store.Store, id, data string, base store.Version) store.Version {
	t.Helper()
	v, err := s.Save(bounded(t), id, data, in(time.Hour), base)
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	if v == "" {
		t.Fatal("Save returns an empty version")
	}
	return v
}

// wantData checks that there is a record and what it holds.
func wantData(t *testing.T, s store.Store, id, data string) {
	t.Helper()
	if got := get(t, s, id).Data; got != data {
		t.Errorf("it holds %.80q, want %.80q", got, data)
	}
}

// wantExpires checks an expiry as far as engines are precise.
func wantExpires(t *testing.T, s store.Store, id string, want time.Time) {
	t.Helper()
	got := get(t, s, id).Expires
	if d := got.Sub(want).Abs(); d > precision {
		t.Errorf("it expires at %v, want %v", got, want)
	}
}

// wantRecord checks that nothing about a record has changed.
func wantRecord(t *testing.T, s store.Store, id string, want store.Record) {
	t.Helper()
	got := get(t, s, id)
	if got.Data != want.Data || got.Version != want.Version || !got.Expires.Equal(want.Expires) {
		t.Errorf("the record has changed: %+v, before %+v", got, want)
	}
}

func wantAbsent(t *testing.T, s store.Store, id string) {
	t.Helper()
	r, err := s.Get(bounded(t), id)
	if err == nil {
		t.Errorf("there is a record where none should be: %+v", r)
	} else if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get: %v, want %v", err, store.ErrNotFound)
	}
}

func wantError(t *testing.T, operation string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", operation, err, want)
	}
}

// operation is one call of a store with everything but the id and the context
// already given.
type operation struct {
	name string
	call func(ctx context.Context, s store.Store, id string) error
}

// operations are all that there are. Those that take a base take this one.
func operations(base store.Version) []operation {
	return []operation{
		{"Get", func(ctx context.Context, s store.Store, id string) error {
			_, err := s.Get(ctx, id)
			return err
		}},
		{"Create", func(ctx context.Context, s store.Store, id string) error {
			_, err := s.Create(ctx, id, object(1), in(time.Hour))
			return err
		}},
		{"Save", func(ctx context.Context, s store.Store, id string) error {
			_, err := s.Save(ctx, id, object(2), in(time.Hour), base)
			return err
		}},
		{"Touch", func(ctx context.Context, s store.Store, id string) error {
			return s.Touch(ctx, id, in(2*time.Hour))
		}},
		{"Delete", func(ctx context.Context, s store.Store, id string) error {
			return s.Delete(ctx, id, "")
		}},
		{"Delete with a base", func(ctx context.Context, s store.Store, id string) error {
			return s.Delete(ctx, id, base)
		}},
	}
}

// together calls f for 0 to n-1 at the same moment, as nearly as a barrier can
// make it, and returns what the calls returned. Where there is one processor for all
// they run in the order in which they wait, so that is another one each time.
func together(n int, f func(i int) error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	ready.Add(n)
	for _, i := range rand.Perm(n) {
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// wantOneWinner checks that one of the calls that raced has won and that each of
// the others has lost in the way it should. It returns the winner.
func wantOneWinner(t *testing.T, errs []error, loss error) int {
	t.Helper()
	winner, won := 0, 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner = i
			won++
		case !errors.Is(err, loss):
			t.Errorf("a call that lost returns %v, want %v", err, loss)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d calls have won, want 1", won, len(errs))
	}
	return winner
}
