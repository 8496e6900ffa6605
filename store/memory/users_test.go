package memory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func note(t testing.TB, s *memory.Store, user, id string, expires time.Time) {
	t.Helper()
	if err := s.AddUserSession(context.Background(), user, id, expires); err != nil {
		t.Fatal(err)
	}
}

// sessionsOf returns the ids that are noted as a user's, in order.
func sessionsOf(t testing.TB, s *memory.Store, user string) string {
	t.Helper()
	var ids []string
	for id, err := range s.UserSessions(context.Background(), user) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func TestUserSessionsExpireExactly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memory.New(memory.Options{})
		expires := time.Now().Add(time.Minute)
		create(t, s, "a", "b", "c")
		note(t, s, "ada", "a", expires)
		note(t, s, "ada", "b", expires)
		note(t, s, "ada", "b", expires.Add(time.Nanosecond))
		note(t, s, "ada", "b", expires.Add(-time.Second))
		note(t, s, "ada", "c", time.Now())
		time.Sleep(time.Minute - 1)
		if got := sessionsOf(t, s, "ada"); got != "a b" {
			t.Errorf("a nanosecond early: %q", got)
		}
		time.Sleep(time.Nanosecond)
		if got := sessionsOf(t, s, "ada"); got != "b" {
			t.Errorf("at the instant: %q", got)
		}
		// The loop may take its time.
		note(t, s, "ada", "a", time.Now().Add(time.Minute))
		note(t, s, "ada", "c", time.Now().Add(time.Minute))
		n := 0
		for range s.UserSessions(t.Context(), "ada") {
			n++
			time.Sleep(time.Hour)
		}
		if n != 1 {
			t.Errorf("it yields %d, of which all but the first have expired meanwhile", n)
		}
	})
}

// However a record goes, what is noted of it goes with it.
func TestUserSessionsGoWithTheirRecords(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(*testing.T, *memory.Store) error{
		"delete": func(t *testing.T, s *memory.Store) error { return s.Delete(t.Context(), "a", "") },
		"delete of a version": func(t *testing.T, s *memory.Store) error {
			return s.Delete(t.Context(), "a", "data")
		},
		"eviction": func(t *testing.T, s *memory.Store) error { create(t, s, "c"); return nil },
		"sweep": func(t *testing.T, s *memory.Store) error {
			if _, err := s.Save(t.Context(), "a", "data", time.Now(), "data"); err != nil {
				return err
			}
			return s.Touch(t.Context(), "b", time.Now())
		},
		"creation over it": func(t *testing.T, s *memory.Store) error {
			if _, err := s.Save(t.Context(), "a", "data", time.Now(), "data"); err != nil {
				return err
			}
			_, err := s.Create(t.Context(), "a", "data", time.Now().Add(time.Hour))
			return err
		},
		"clear": func(t *testing.T, s *memory.Store) error { return s.Clear(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := memory.New(memory.Options{MaxSessions: 2})
			create(t, s, "a", "b")
			for _, user := range []string{"ada", "bob", "eve"} {
				note(t, s, user, "a", time.Now().Add(time.Hour))
			}
			note(t, s, "ada", "never", time.Now().Add(time.Hour))
			if err := remove(t, s); err != nil {
				t.Fatal(err)
			}
			if n := s.Noted(); n != 0 {
				t.Errorf("%d entries are left", n)
			}
			if err := s.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is noted for less time than its record lives is dropped in passing, no
// write drops much, and what a flood has occupied is given back.
func TestUserSessionsAreSwept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const flood = 20_000
		s := memory.New(memory.Options{})
		create(t, s, ids[:flood]...)
		for i, id := range ids[:flood] {
			note(t, s, fmt.Sprint("user", i%(flood/2)), id, time.Now().Add(time.Minute))
		}
		time.Sleep(time.Minute)
		before := s.Noted()
		if before < flood {
			t.Fatalf("%d entries are held after they have expired", before)
		}
		expires := time.Now().Add(2 * time.Hour)
		for i := range flood {
			if err := s.Touch(t.Context(), ids[i], expires); err != nil {
				t.Fatal(err)
			}
			noted := s.Noted()
			if noted < before-2*examined {
				t.Fatalf("one write dropped %d entries", before-noted)
			}
			before = noted
		}
		if before > flood/50 {
			t.Errorf("%d entries are still held", before)
		}
		if got := s.Held(); got != flood {
			t.Errorf("%d records are held, want %d", got, flood)
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
	})
}

// Clear removes hints and keeps instants.
func TestInstantsStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memory.New(memory.Options{MaxSessions: 1})
		now := time.Now()
		if err := s.SetNotBefore(t.Context(), "ada", now, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * 365 * 24 * time.Hour)
		create(t, s, ids[:100]...)
		if got, err := s.NotBefore(t.Context(), "ada"); !got.Equal(now) || err != nil {
			t.Errorf("NotBefore: %v, %v, want %v", got, err, now)
		}
	})
}

// A name that is a piece of something large does not keep it in memory, nor does
// the same name when it comes again.
func TestNamesAreCloned(t *testing.T) {
	const size = 8 << 20
	s := memory.New(memory.Options{})
	create(t, s, "id")
	before := heap()
	for i := range 4 {
		header := strings.Repeat("x", size) + "adaid"
		user, id := header[size:size+3], header[size+3:]
		note(t, s, user, id, time.Now().Add(time.Duration(i+1)*time.Hour))
		base, err := s.NotBefore(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetNotBefore(t.Context(), user, time.Unix(int64(i+1), 0), base); err != nil {
			t.Fatal(err)
		}
		if kept := heap() - before; kept > size/2 {
			t.Errorf("%d bytes are kept after a name of 3 bytes came %d times", kept, i+1)
		}
	}
	if got := sessionsOf(t, s, "ada"); got != "id" {
		t.Errorf("it yields %q", got)
	}
}

func TestUserAllocations(t *testing.T) {
	ctx := t.Context()
	s := memory.New(memory.Options{})
	create(t, s, "id")
	expires := time.Now().Add(time.Hour)
	note(t, s, "ada", "id", expires)
	if err := s.SetNotBefore(ctx, "ada", expires, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for name, op := range map[string]func() error{
		"NotBefore": func() error { _, err := s.NotBefore(ctx, "ada"); return err },
		"AddUserSession, once more": func() error {
			expires = expires.Add(time.Second)
			return s.AddUserSession(ctx, "ada", "id", expires)
		},
		"RemoveUserSession": func() error { return s.RemoveUserSession(ctx, "ada", "other") },
	} {
		allocs := testing.AllocsPerRun(100, func() {
			if err := op(); err != nil {
				t.Error(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s allocates %v times", name, allocs)
		}
	}
}

// TestUserSimulation runs random operations against the index and against plain
// maps at once. Each goroutine has users and ids of its own, so that it knows
// what must be there, while the entries of all share shards and chunks.
func TestUserSimulation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ goroutines, users, ids, ops int }{
		{1, 1, 1, 1_000},
		{1, 3, 300, 30_000},
		{1, 300, 3, 30_000},
		{20, 5, 50, 1_000},
	} {
		t.Run(fmt.Sprintf("%dx%dx%d", c.goroutines, c.users, c.ids), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := memory.New(memory.Options{})
				var wg sync.WaitGroup
				for g := range c.goroutines {
					wg.Go(func() {
						u := &userClient{
							store: s, rand: rand.New(rand.NewPCG(2, uint64(g))), name: fmt.Sprintf("g%d", g), users: c.users, ids: c.ids,
							records: map[string]bool{}, noted: map[[2]string]time.Time{},
						}
						if err := u.run(t.Context(), c.ops); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if err := s.Verify(); err != nil {
					t.Error(err)
				}
				if err := s.Clear(t.Context()); err != nil || s.Noted() != 0 {
					t.Errorf("Clear: %v, %d entries are left", err, s.Noted())
				}
			})
		})
	}
}

// userClient is one goroutine of the simulation and what it expects to find. Its
// records do not expire, but come and go.
type userClient struct {
	store      *memory.Store
	rand       *rand.Rand
	name       string
	users, ids int
	records    map[string]bool
	noted      map[[2]string]time.Time
}

func (c *userClient) run(ctx context.Context, ops int) error {
	for n := range ops {
		user := fmt.Sprintf("%s-user%d", c.name, c.rand.IntN(c.users))
		id := fmt.Sprintf("%s-id%d", c.name, c.rand.IntN(c.ids))
		if err := c.step(ctx, user, id); err != nil {
			return fmt.Errorf("operation %d: %w", n, err)
		}
	}
	return nil
}

func (c *userClient) step(ctx context.Context, user, id string) error {
	now := time.Now()
	switch c.rand.IntN(10) {
	case 0, 1:
		_, err := c.store.Create(ctx, id, "data", now.AddDate(10, 0, 0))
		if c.records[id] {
			return is(err, store.ErrExists)
		}
		c.records[id] = true
		return err
	case 2:
		delete(c.records, id)
		for pair := range c.noted {
			if pair[1] == id {
				delete(c.noted, pair)
			}
		}
		return c.store.Delete(ctx, id, "")
	case 3, 4, 5, 6:
		expires := now.Add(time.Duration(c.rand.IntN(300)-10) * time.Second)
		pair := [2]string{user, id}
		if c.records[id] && expires.After(now) && expires.After(c.noted[pair]) {
			c.noted[pair] = expires
		}
		return c.store.AddUserSession(ctx, user, id, expires)
	case 7:
		delete(c.noted, [2]string{user, id})
		return c.store.RemoveUserSession(ctx, user, id)
	case 8:
		time.Sleep(time.Duration(c.rand.IntN(10)) * time.Second)
		return nil
	default:
		return c.list(ctx, user)
	}
}

func (c *userClient) list(ctx context.Context, user string) error {
	now := time.Now()
	left := map[string]bool{}
	for pair, expires := range c.noted {
		if pair[0] == user && expires.After(now) {
			left[pair[1]] = true
		}
	}
	for id, err := range c.store.UserSessions(ctx, user) {
		if err != nil {
			return err
		}
		if !left[id] {
			return errors.New("UserSessions yields what is not there, or twice")
		}
		delete(left, id)
	}
	if len(left) > 0 {
		return fmt.Errorf("UserSessions leaves %d out", len(left))
	}
	return nil
}
