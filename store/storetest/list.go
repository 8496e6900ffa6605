package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// listChecks are about the optional interfaces.
var listChecks = []check{
	{"AllLeavesExpiredOut", allLeavesExpiredOut},
	{"AllHoldsNobodyUp", allHoldsNobodyUp},
	{"CountCounts", countCounts},
}

// longListChecks need many records.
var longListChecks = []listingCheck{
	{"AllYieldsEachOnce", allYieldsEachOnce},
	{"AllStopsWhenTold", allStopsWhenTold},
	{"AllStopsWithItsContext", allStopsWithItsContext},
	{"AllUnderChange", allUnderChange},
	{"ClearRemovesAll", clearRemovesAll},
}

func lister(t *testing.T, s store.Store) store.Lister {
	t.Helper()
	l, ok := s.(store.Lister)
	if !ok {
		t.Skip("the store is no Lister")
	}
	for _, err := range l.All(bounded(t)) {
		skipIfUnsupported(t, err)
	}
	return l
}

func counter(t *testing.T, s store.Store) store.Counter {
	t.Helper()
	c, ok := s.(store.Counter)
	if !ok {
		t.Skip("the store is no Counter")
	}
	_, err := c.Count(bounded(t))
	skipIfUnsupported(t, err)
	return c
}

func clearer(t *testing.T, s store.Store) store.Clearer {
	t.Helper()
	c, ok := s.(store.Clearer)
	if !ok {
		t.Skip("the store is no Clearer")
	}
	skipIfUnsupported(t, c.Clear(bounded(t)))
	return c
}

func skipIfUnsupported(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
}

// populate creates n records. Their data say which they are.
func populate(t *testing.T, s store.Store, prefix string, n int) {
	t.Helper()
	for _, err := range together(racers, func(part int) error {
		ctx := bounded(t)
		for i := part; i < n; i += racers {
			if _, err := s.Create(ctx, nth(prefix, i), object(i), in(time.Hour)); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Fatalf("Create: %v", err)
		}
	}
}

// walk collects what All yields, calling visit after each.
func walk(t *testing.T, l store.Lister, visit func(n int)) map[string]store.Record {
	t.Helper()
	seen := map[string]store.Record{}
	for r, err := range l.All(bounded(t)) {
		if err != nil {
			t.Errorf("All: %v", err)
			break
		}
		if _, twice := seen[r.ID]; twice {
			t.Errorf("All yields %s twice", r.ID)
		}
		seen[r.ID] = r.Record
		visit(len(seen))
	}
	return seen
}

func allYieldsEachOnce(t *testing.T, s store.Store, records int) {
	l := lister(t, s)
	populate(t, s, "id", records)
	expires := in(time.Hour)
	seen := walk(t, l, func(int) {})
	for i := range records {
		id := storedID(s, nth("id", i))
		r, ok := seen[id]
		if !ok {
			t.Fatalf("All leaves %s out", id)
		}
		if r.Data != object(i) || r.Expires.Sub(expires).Abs() > time.Minute {
			t.Fatalf("All yields %+v as %s", r, id)
		}
	}
	if len(seen) != records {
		t.Errorf("All yields %d records, want %d", len(seen), records)
	}
	save(t, s, nth("id", 0), object(-1), seen[storedID(s, nth("id", 0))].Version)
}

func allLeavesExpiredOut(t *testing.T, s store.Store) {
	l := lister(t, s)
	populate(t, s, "id", 10)
	for i := range 10 {
		expired(t, s, nth("expired", i))
	}
	if got := len(walk(t, l, func(int) {})); got != 10 {
		t.Errorf("All yields %d records, want 10", got)
	}
}

func allStopsWhenTold(t *testing.T, s store.Store, records int) {
	l := lister(t, s)
	populate(t, s, "id", records)
	for _, after := range []int{1, 10, records / 2} {
		n := 0
		for _, err := range l.All(bounded(t)) {
			if err != nil {
				t.Fatalf("All: %v", err)
			}
			if n++; n == after {
				break
			}
		}
		// What was broken off holds nothing that anybody else needs.
		create(t, s, nth("after", after), object(0))
		if err := s.Delete(bounded(t), nth("after", after), ""); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
	if got := len(walk(t, l, func(int) {})); got != records {
		t.Errorf("All yields %d records after it was broken off, want %d", got, records)
	}
}

func allStopsWithItsContext(t *testing.T, s store.Store, records int) {
	l := lister(t, s)
	populate(t, s, "id", records)
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	records, ended := 0, false
	for r, err := range l.All(ctx) {
		if ended {
			t.Fatal("All goes on after an error")
		}
		if err != nil {
			ended = true
			wantError(t, "All", err, context.Canceled)
			if r != (store.Stored{}) {
				t.Errorf("All yields %+v with an error", r)
			}
			continue
		}
		records++
		cancel()
	}
	if !ended {
		t.Errorf("All yields %d records and no error although its context was cancelled at the first", records)
	}
}

// allHoldsNobodyUp calls the store from the loop.
func allHoldsNobodyUp(t *testing.T, s store.Store) {
	l := lister(t, s)
	populate(t, s, "id", 100)
	walk(t, l, func(n int) {
		id := nth("id", n-1)
		v := save(t, s, id, object(-n), get(t, s, id).Version)
		if err := s.Touch(bounded(t), id, in(2*time.Hour)); err != nil {
			t.Fatalf("Touch: %v", err)
		}
		if n%2 == 0 {
			if err := s.Delete(bounded(t), id, v); err != nil {
				t.Fatalf("Delete: %v", err)
			}
		}
	})
}

// allUnderChange has a record go and another come at each step of the walk. Those
// that stay are yielded all the same, and nothing is yielded twice.
func allUnderChange(t *testing.T, s store.Store, records int) {
	l := lister(t, s)
	populate(t, s, "stays", records/2)
	populate(t, s, "goes", records/2)
	ctx := bounded(t)
	seen := walk(t, l, func(n int) {
		if n > records/2 {
			return // else the walk might meet what it creates, for ever
		}
		if err := s.Delete(ctx, nth("goes", n-1), ""); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		if _, err := s.Create(ctx, nth("young", n), object(n), in(time.Hour)); err != nil {
			t.Fatalf("Create: %v", err)
		}
	})
	for i := range records / 2 {
		if r, ok := seen[storedID(s, nth("stays", i))]; !ok || r.Data != object(i) {
			t.Fatalf("All yields %+v (%t) as a record that nobody has changed", r, ok)
		}
	}
}

func countCounts(t *testing.T, s store.Store) {
	c := counter(t, s)
	want := func(want int) {
		t.Helper()
		if got, err := c.Count(bounded(t)); got != want || err != nil {
			t.Errorf("Count: %d, %v, want %d", got, err, want)
		}
	}
	want(0)
	populate(t, s, "id", 100)
	want(100)
	for i := range 10 {
		expired(t, s, nth("expired", i))
	}
	want(100)
	if err := s.Delete(bounded(t), nth("id", 0), ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	want(99)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Count(ctx)
	wantError(t, "Count", err, context.Canceled)
}

func clearRemovesAll(t *testing.T, s store.Store, records int) {
	c := clearer(t, s)
	populate(t, s, "id", records)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, "Clear", c.Clear(ctx), context.Canceled)

	v := get(t, s, nth("id", 1)).Version
	if err := c.Clear(bounded(t)); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	for i := range records {
		if _, err := s.Get(bounded(t), nth("id", i)); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("Get after Clear: %v, want %v", err, store.ErrNotFound)
		}
	}
	_, err := s.Save(bounded(t), nth("id", 1), object(1), in(time.Hour), v)
	wantError(t, "Save after Clear", err, store.ErrNotFound)
	create(t, s, nth("id", 1), object(2))
	wantData(t, s, nth("id", 1), object(2))
}
