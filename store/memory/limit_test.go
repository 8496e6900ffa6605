package memory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestLeastRecentlyUsedIsEvicted(t *testing.T) {
	t.Parallel()
	expires := time.Now().Add(time.Hour)
	for name, use := range map[string]func(*testing.T, *memory.Store) error{
		"Get": func(t *testing.T, s *memory.Store) error {
			_, err := s.Get(t.Context(), "a")
			return err
		},
		"Save": func(t *testing.T, s *memory.Store) error {
			_, err := s.Save(t.Context(), "a", "new", expires, "data")
			return err
		},
		"Touch": func(t *testing.T, s *memory.Store) error {
			return s.Touch(t.Context(), "a", expires)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := memory.New(memory.Options{MaxSessions: 3})
			create(t, s, "a", "b", "c")
			if err := use(t, s); err != nil {
				t.Fatal(err)
			}
			create(t, s, "d")
			if got, want := held(t, s), "a c d"; got != want {
				t.Errorf("it holds %s, want %s", got, want)
			}
			create(t, s, "e", "f")
			if got, want := held(t, s), "d e f"; got != want {
				t.Errorf("it holds %s, want %s", got, want)
			}
		})
	}
}

// A failed Create and a failed Save are no use, and push nobody out.
func TestFailedOperationsEvictNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	expires := time.Now().Add(time.Hour)
	s := memory.New(memory.Options{MaxSessions: 2})
	create(t, s, "a", "b")
	if _, err := s.Create(ctx, "a", "data", expires); !errors.Is(err, store.ErrExists) {
		t.Errorf("Create: %v", err)
	}
	if _, err := s.Save(ctx, "a", "data", expires, "other"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Save: %v", err)
	}
	if got := held(t, s); got != "a b" {
		t.Errorf("it holds %s", got)
	}
	create(t, s, "c")
	if got := held(t, s); got != "b c" {
		t.Errorf("it holds %s", got)
	}
}

func TestLimitIsKept(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 1000, 2047, 2048, 5000, 5003} {
		s := memory.New(memory.Options{MaxSessions: limit})
		for i := range limit + limit/2 + 10 {
			create(t, s, ids[i])
			if got := s.Held(); got > limit {
				t.Fatalf("limit %d: it holds %d", limit, got)
			}
		}
		// The shards are not full at the same moment, but nearly so.
		if got := s.Held(); got < limit*9/10 {
			t.Errorf("limit %d: it holds %d only", limit, got)
		}
		if err := s.Verify(); err != nil {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func create(t *testing.T, s *memory.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Create(t.Context(), id, "data", time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

// held returns the ids in order. It does not use them.
func held(t *testing.T, s *memory.Store) string {
	t.Helper()
	var ids []string
	for r, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}
