package memory_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// TestSimulation runs random operations against the store and against a plain
// map at once. Each goroutine has ids of its own, so that it knows what must be
// there, while the records of all share shards, buckets and chunks. Time is
// synctest's, so that it stands still between two operations.
func TestSimulation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ goroutines, ids, ops int }{
		{1, 1, 1_000},
		{1, 1_000, 50_000},
		{10, 100, 5_000},
		{100, 10, 500},
		{100, 100, 1_000},
	} {
		t.Run(fmt.Sprintf("%dx%d", c.goroutines, c.ids), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := memory.New(memory.Options{})
				var wg sync.WaitGroup
				for g := range c.goroutines {
					wg.Go(func() { newClient(t, s, g, c.ids).run(c.ops) })
				}
				wg.Wait()
				if err := s.Verify(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// client is one goroutine of the simulation and what it expects to find.
type client struct {
	t     *testing.T
	ctx   context.Context
	store *memory.Store
	rand  *rand.Rand
	ids   []string
	model map[string]store.Record
}

func newClient(t *testing.T, s *memory.Store, g, n int) *client {
	c := &client{
		t: t, ctx: t.Context(), store: s,
		rand:  rand.New(rand.NewPCG(1, uint64(g))),
		model: map[string]store.Record{},
	}
	for i := range n {
		c.ids = append(c.ids, fmt.Sprintf("g%d-%d", g, i))
	}
	return c
}

func (c *client) run(ops int) {
	step := []func(id string) error{c.get, c.create, c.create, c.save, c.touch, c.delete, c.list, c.sleep}
	for n := range ops {
		id := c.ids[c.rand.IntN(len(c.ids))]
		i := c.rand.IntN(len(step))
		if err := step[i](id); err != nil {
			c.t.Errorf("operation %d (kind %d): %v", n, i, err)
			return
		}
	}
}

// expected returns the record that must be there.
func (c *client) expected(id string) (store.Record, bool) {
	r, ok := c.model[id]
	return r, ok && time.Now().Before(r.Expires)
}

func (c *client) get(id string) error {
	want, ok := c.expected(id)
	got, err := c.store.Get(c.ctx, id)
	if !ok {
		return is(err, store.ErrNotFound)
	}
	if err == nil && (got.Data != want.Data || got.Version != want.Version || !got.Expires.Equal(want.Expires)) {
		return fmt.Errorf("got %+v, want %+v", got, want)
	}
	return err
}

func (c *client) create(id string) error {
	r := c.random()
	v, err := c.store.Create(c.ctx, id, r.Data, r.Expires)
	if _, ok := c.expected(id); ok {
		return is(err, store.ErrExists)
	}
	r.Version = v
	c.model[id] = r
	return err
}

func (c *client) save(id string) error {
	old, ok := c.expected(id)
	r := c.random()
	base := old.Version
	stale := c.rand.IntN(4) == 0
	if stale {
		base += "x"
	}
	v, err := c.store.Save(c.ctx, id, r.Data, r.Expires, base)
	switch {
	case !ok:
		return is(err, store.ErrNotFound)
	case stale:
		return is(err, store.ErrConflict)
	}
	r.Version = v
	c.model[id] = r
	return err
}

func (c *client) touch(id string) error {
	r, ok := c.expected(id)
	expires := c.random().Expires
	err := c.store.Touch(c.ctx, id, expires)
	if !ok {
		return is(err, store.ErrNotFound)
	}
	if expires.After(r.Expires) {
		r.Expires = expires
		c.model[id] = r
	}
	return err
}

func (c *client) delete(id string) error {
	r, ok := c.expected(id)
	base := store.Version("")
	if c.rand.IntN(2) == 0 {
		base = r.Version + "x"
	}
	err := c.store.Delete(c.ctx, id, base)
	switch {
	case base == "":
		delete(c.model, id)
		return err
	case ok:
		return is(err, store.ErrConflict)
	default:
		return is(err, store.ErrNotFound)
	}
}

// list checks, every now and then, that All yields this client's records, once
// each and as they are, whatever the others do meanwhile.
func (c *client) list(string) error {
	if c.rand.IntN(20) != 0 {
		return nil
	}
	seen := map[string]bool{}
	for r, err := range c.store.All(c.ctx) {
		if err != nil {
			return err
		}
		if seen[r.ID] {
			return errors.New("All yields a record twice")
		}
		seen[r.ID] = true
	}
	for _, id := range c.ids {
		if _, ok := c.expected(id); ok != seen[id] {
			return fmt.Errorf("All yields %s: %t, want %t", id, seen[id], ok)
		}
	}
	return nil
}

func (c *client) sleep(string) error {
	time.Sleep(time.Duration(c.rand.IntN(10)) * time.Second)
	return nil
}

func (c *client) random() store.Record {
	return store.Record{
		Data:    c.data(),
		Expires: time.Now().Add(time.Duration(c.rand.IntN(300)-10) * time.Second),
	}
}

// data returns what a session may hold, of various shapes and of none.
func (c *client) data() string {
	n := c.rand.IntN(1000)
	rest := fmt.Sprintf(`"n":%d}`, n)
	switch c.rand.IntN(6) {
	case 0:
		return `{"cookie":{"originalMaxAge":null,"expires":null,"path":"/"},` + rest
	case 1, 2:
		return fmt.Sprintf(`{"cookie":{"originalMaxAge":%d,"expires":"2026-01-02T15:04:05.%03dZ","path":"/"},`, n%3, n) + rest
	case 3: // each of its own, and more than there is room for
		return fmt.Sprintf(`{"cookie":{"originalMaxAge":null,"expires":null,"path":"/%d"},`, n) + rest
	case 4:
		return `{"cookie":{}}`
	default:
		return rest
	}
}

func is(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("error %v, want %v", err, want)
	}
	return nil
}
