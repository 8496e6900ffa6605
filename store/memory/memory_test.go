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
	for _, c := range []struct {
		name string
		data [2]string
		get  float64 // only what has a shape has to be put together
	}{
		{"shaped", [2]string{record(1), record(2)}, 1},
		{"whole", [2]string{strings.Repeat("a", 150), strings.Repeat("b", 150)}, 0},
		{"long", [2]string{record(1) + strings.Repeat(" ", 1000), record(2) + strings.Repeat(" ", 1000)}, 0},
	} {
		for _, o := range []memory.Options{{}, {MaxSessions: 10_000}} {
			s := memory.New(o)
			expires := time.Now().Add(time.Hour)
			v, err := s.Create(ctx, "id", c.data[0], expires)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, op := range []struct {
				name   string
				atMost float64
				run    func() error
			}{
				{"Get", c.get, func() error {
					_, err := s.Get(ctx, "id")
					return err
				}},
				{"Save", 1, func() (err error) {
					n++
					v, err = s.Save(ctx, "id", c.data[n%2], expires, v)
					return err
				}},
				{"Touch", 0, func() error {
					expires = expires.Add(time.Second)
					return s.Touch(ctx, "id", expires)
				}},
				// Besides a chunk for every eight.
				{"Create", 1, func() error {
					n++
					_, err := s.Create(ctx, ids[n], c.data[0], expires)
					return err
				}},
			} {
				allocs := testing.AllocsPerRun(1000, func() {
					if err := op.run(); err != nil {
						t.Error(err)
					}
				})
				if allocs > op.atMost {
					t.Errorf("%s, %+v: %s allocates %v times", c.name, o, op.name, allocs)
				}
			}
		}
	}
}
