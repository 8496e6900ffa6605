package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore/engine"
)

// slow is a client whose server has one record and answers when it is told to.
type slow struct {
	data    string
	at      time.Time
	asked   chan struct{}
	answers chan struct{}
	n       int
}

func (c *slow) Do(context.Context, engine.Command) engine.Reply {
	c.n++
	data, at := c.data, c.at.UnixMilli()
	if c.asked != nil {
		c.asked <- struct{}{}
		<-c.answers
	}
	return engine.Reply{Value: []any{data, at}}
}

func (c *slow) DoAll(context.Context, []engine.Command) []engine.Reply   { panic("not asked for") }
func (c *slow) DoAlone(context.Context, []engine.Command) []engine.Reply { panic("not asked for") }
func (c *slow) Primaries(context.Context) ([]engine.Client, error)       { panic("not asked for") }
func (c *slow) Close() error                                             { return nil }

// Ensure that an answer which comes after the news that the record has changed does
// not go into the cache, whoever brings the news.
func TestLateFill(t *testing.T) {
	t.Parallel()
	for name, news := range map[string]func(*engine.Store, *engine.Cache){
		"told":            func(_ *engine.Store, c *engine.Cache) { c.Invalidate("sess:id") },
		"connection lost": func(_ *engine.Store, c *engine.Cache) { c.Flush() },
		"told and asked again": func(_ *engine.Store, c *engine.Cache) {
			c.Invalidate("sess:id")
			c.Invalidate("sess:id")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &slow{data: "old", at: time.Now().Add(time.Hour), asked: make(chan struct{}), answers: make(chan struct{})}
			cache := engine.NewCache(engine.CacheOptions{})
			s := engine.New(c, engine.Options{Cache: cache})
			result := make(chan store.Record, 1)
			go func() {
				r, _ := s.Get(context.Background(), "id")
				result <- r
			}()
			<-c.asked
			news(s, cache)
			c.answers <- struct{}{}
			if r := <-result; r.Data != "old" {
				t.Errorf("the read that was under way: %v", r)
			}
			if n := cache.Len(); n != 0 {
				t.Errorf("%d records are cached", n)
			}
			c.data, c.asked = "new", nil
			for range 3 {
				if r, err := s.Get(context.Background(), "id"); err != nil || r.Data != "new" {
					t.Errorf("afterwards: %v, %v", r, err)
				}
			}
			if c.n != 2 {
				t.Errorf("the server was asked %d times, want twice", c.n)
			}
		})
	}
}

// Ensure that a record is used for MaxAge since it was asked for, and not beyond
// its own expiry.
func TestMaxAge(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]time.Duration{time.Hour: 5 * time.Second, 2 * time.Second: 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := &slow{data: "data", at: time.Now().Add(life)}
			s := engine.New(c, engine.Options{Cache: engine.NewCache(engine.CacheOptions{})})
			for _, step := range []struct {
				wait  time.Duration
				asked int
			}{{0, 1}, {want - time.Nanosecond, 1}, {time.Nanosecond, 2}} {
				time.Sleep(step.wait)
				if _, err := s.Get(t.Context(), "id"); err != nil || c.n != step.asked {
					t.Errorf("the server was asked %d times, want %d; %v", c.n, step.asked, err)
				}
			}
		})
	}
}

// Ensure that a cache does not grow beyond its size, and drops what was not used.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := &slow{data: "data", at: time.Now().Add(time.Hour)}
	cache := engine.NewCache(engine.CacheOptions{Records: 160})
	s := engine.New(c, engine.Options{Cache: cache})
	for i := range 5000 {
		for _, id := range []string{"hot", fmt.Sprint("id", i)} {
			if _, err := s.Get(context.Background(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := cache.Len(); n > 160 || n < 100 {
		t.Errorf("%d records are cached", n)
	}
	if c.n != 5001 {
		t.Errorf("the server was asked %d times, want once for each id", c.n)
	}
	if _, err := s.Get(context.Background(), ""); !errors.Is(err, store.ErrInvalidID) {
		t.Error(err)
	}
}
