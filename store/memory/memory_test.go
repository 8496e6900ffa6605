package memory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestExpiryIsExact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := memory.New(memory.Options{})
		expires := time.Now().Add(time.Hour)
		v, err := s.Create(ctx, "id", "data", expires)
		if err != nil {
			t.Fatal(err)
		}

		time.Sleep(time.Hour - 1)
		switch r, err := s.Get(ctx, "id"); {
		case err != nil:
			t.Errorf("Get a nanosecond early: %v", err)
		case !r.Expires.Equal(expires):
			t.Errorf("it expires at %v, want %v", r.Expires, expires)
		}

		time.Sleep(time.Nanosecond)
		later := time.Now().Add(time.Hour)
		if _, err := s.Get(ctx, "id"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get: %v", err)
		}
		if _, err := s.Save(ctx, "id", "more", later, v); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Save: %v", err)
		}
		if err := s.Touch(ctx, "id", later); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Touch: %v", err)
		}
		if err := s.Delete(ctx, "id", v); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Delete: %v", err)
		}
		if _, err := s.Create(ctx, "id", "new", later); err != nil {
			t.Errorf("Create: %v", err)
		}
	})
}

// An instant before 1970 or after 2262 is one that nanoseconds cannot tell.
func TestExpiryFarAway(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := memory.New(memory.Options{})
	for year, want := range map[int]error{1: store.ErrNotFound, 1960: store.ErrNotFound, 2263: nil, 9999: nil} {
		id := fmt.Sprint("year", year)
		if _, err := s.Create(ctx, id, "data", time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, id); !errors.Is(err, want) {
			t.Errorf("year %d: Get: %v, want %v", year, err, want)
		}
	}
}

// A version is the data itself, as far as it can be.
func TestVersionsDiffer(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := memory.New(memory.Options{})
	seen := map[store.Version]string{}
	for i, data := range []string{"", "\xff", "\xff\xff", "a", "\xffa", "a\xff", "\x00"} {
		v, err := s.Create(ctx, fmt.Sprint(i), data, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if v == "" {
			t.Errorf("the version of %q is empty", data)
		}
		if other, ok := seen[v]; ok {
			t.Errorf("%q and %q have the same version", data, other)
		}
		seen[v] = data
		if _, err := s.Save(ctx, fmt.Sprint(i), data, time.Now().Add(time.Hour), v); err != nil {
			t.Errorf("%q: Save: %v", data, err)
		}
	}
}

func TestContextEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := memory.New(memory.Options{})
	v, err := s.Create(ctx, "id", "data", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := s.Delete(ctx, "id", v); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete: %v", err)
	}
	if err := s.Clear(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Clear: %v", err)
	}
	if n, err := s.Count(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Count: %d, %v", n, err)
	}
	if n, err := s.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("Count afterwards: %d, %v", n, err)
	}
}

func TestAllocations(t *testing.T) {
	ctx := t.Context()
	for _, o := range []memory.Options{{}, {MaxSessions: 10_000}} {
		s := memory.New(o)
		expires := time.Now().Add(time.Hour)
		data := [2]string{strings.Repeat("a", 150), strings.Repeat("b", 150)}
		v, err := s.Create(ctx, "id", data[0], expires)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for name, op := range map[string]func() error{
			"Get": func() error {
				_, err := s.Get(ctx, "id")
				return err
			},
			"Save": func() (err error) {
				n++
				v, err = s.Save(ctx, "id", data[n%2], expires, v)
				return err
			},
			"Touch": func() error {
				expires = expires.Add(time.Second)
				return s.Touch(ctx, "id", expires)
			},
		} {
			allocs := testing.AllocsPerRun(100, func() {
				if err := op(); err != nil {
					t.Error(err)
				}
			})
			if allocs != 0 {
				t.Errorf("%+v: %s allocates %v times", o, name, allocs)
			}
		}
		// The clone of the id, and a chunk for every eight.
		i := 0
		allocs := testing.AllocsPerRun(1000, func() {
			i++
			if _, err := s.Create(ctx, ids[i], data[0], expires); err != nil {
				t.Error(err)
			}
		})
		if allocs > 1 {
			t.Errorf("%+v: Create allocates %v times", o, allocs)
		}
	}
}
