package redisstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// openCached opens a store with a cache.
func openCached(t testing.TB, url string, o redisstore.CacheOptions) (*redisstore.Store, *redisstore.Cache) {
	t.Helper()
	cache := redisstore.NewCache(o)
	return open(t, url, redisstore.Options{Cache: cache}), cache
}

// wantCached reads a record into the cache, and checks that it is read from there
// as long as nobody changes it.
func wantCached(t *testing.T, server *redistest.Server, s *redisstore.Store, id string) {
	t.Helper()
	server.WaitFor("the record is cached", func() bool {
		before := server.Calls()["evalsha"]
		if _, err := s.Get(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return server.Calls()["evalsha"] == before
	})
}

// Ensure that a hot session is read without the server; that a touch which moves
// nothing leaves it there; and that whatever changes the record takes it out.
func TestCacheHolds(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s, cache := openCached(t, server.URL(0), redisstore.CacheOptions{MaxAge: time.Hour})
	created(t, s, "id")
	wantCached(t, server, s, "id")
	before := server.Calls()["evalsha"]
	for range 1000 {
		if _, err := s.Get(t.Context(), "id"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Touch(t.Context(), "id", time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "id"); err != nil {
		t.Fatal(err)
	}
	if calls := server.Calls()["evalsha"] - before; calls != 1 {
		t.Errorf("%d scripts for one touch and reads of a hot session, want 1", calls)
	}

	changes := map[string]func() error{
		"touch":         func() error { return s.Touch(t.Context(), "id", hourFromNow().Add(time.Hour)) },
		"its EXPIRE":    func() error { _, err := server.TryDo("EXPIRE", "sess:id", "9000"); return err },
		"its SET":       func() error { _, err := server.TryDo("SET", "sess:id", express, "EX", "9000"); return err },
		"its FLUSHDB":   func() error { _, err := server.TryDo("FLUSHDB"); return err },
		"its DEL":       func() error { _, err := server.TryDo("DEL", "sess:id"); return err },
		"its expiry":    func() error { _, err := server.TryDo("PEXPIRE", "sess:id", "50"); return err },
		"a Clear":       func() error { return s.Clear(t.Context()) },
		"a Delete":      func() error { return s.Delete(t.Context(), "id", "") },
		"a Close of it": s.Close,
	}
	for _, name := range []string{"touch", "its EXPIRE", "its SET", "its FLUSHDB", "its DEL", "its expiry", "a Clear", "a Delete", "a Close of it"} {
		if _, err := s.Create(t.Context(), "id", express, hourFromNow()); err != nil && !errors.Is(err, store.ErrExists) {
			t.Fatal(err)
		}
		wantCached(t, server, s, "id")
		if cache.Len() != 1 {
			t.Fatalf("%d records are cached, want 1", cache.Len())
		}
		if err := changes[name](); err != nil {
			t.Fatal(err)
		}
		server.WaitFor(name+" takes it out", func() bool {
			if name == "its expiry" {
				_, err := s.Get(t.Context(), "id") // what has expired may stay until it is asked for
				return errors.Is(err, store.ErrNotFound) && cache.Len() == 0
			}
			return cache.Len() == 0
		})
	}
}

// Ensure that a process never reads stale what it has written or ended itself,
// while others of it fill the cache as fast as they can.
func TestCacheReadsOwnWrites(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, url := range map[string]string{"one": server.URL(0), "cluster": redistest.ClusterURL(redistest.StartCluster(t))} {
		s, _ := openCached(t, url, redisstore.CacheOptions{MaxAge: time.Hour})
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						if _, err := s.Get(t.Context(), "id"); err != nil && !errors.Is(err, store.ErrNotFound) {
							t.Errorf("%s: %v", name, err)
						}
					}
				}
			})
		}
		for round := range 200 {
			v := created(t, s, "id")
			for n := range 5 {
				data := fmt.Sprintf(`{"round":%d,"n":%d}`, round, n)
				var err error
				if v, err = s.Save(t.Context(), "id", data, hourFromNow(), v); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != data {
						t.Fatalf("%s: %q, %v, want %q", name, r.Data, err, data)
					}
				}
			}
			if err := s.Delete(t.Context(), "id", ""); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := s.Get(t.Context(), "id"); !errors.Is(err, store.ErrNotFound) {
					t.Fatalf("%s: a session is there that this process has ended: %v", name, err)
				}
			}
		}
		close(done)
		readers.Wait()
	}
}

// Ensure that what another process ends is gone here, without a read that might
// notice it.
func TestCacheHearsOfOthers(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	here, cache := openCached(t, redistest.ClusterURL(nodes), redisstore.CacheOptions{MaxAge: time.Hour})
	there := open(t, redistest.ClusterURL(nodes), redisstore.Options{})
	for i := range 100 {
		id := fmt.Sprint("id", i)
		created(t, there, id)
		if _, err := here.Get(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if cache.Len() != 100 {
		t.Fatalf("%d records are cached, want 100", cache.Len())
	}
	for i := range 100 {
		if err := there.Delete(t.Context(), fmt.Sprint("id", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	nodes[0].WaitFor("all are gone", func() bool { return cache.Len() == 0 })
}

// Ensure that a lost connection empties the cache, as the messages are lost that it
// would have brought.
func TestCacheFlushedWithConnection(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server)
	s, cache := openCached(t, "redis://"+proxy.Addr, redisstore.CacheOptions{MaxAge: time.Hour})
	created(t, s, "id")
	wantCached(t, server, s, "id")
	proxy.Drop()
	server.WaitFor("the cache is empty", func() bool { return cache.Len() == 0 })
	wantBack(t, s)
	wantCached(t, server, s, "id") // the new connection is tracked, too
	server.Do("DEL", "sess:id")
	server.WaitFor("it hears of it", func() bool { return cache.Len() == 0 })
}

// Ensure that a session which has ended is not read for longer than MaxAge if no
// message comes through, though the connection seems to be there.
func TestCacheAges(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server)
	const age = 500 * time.Millisecond
	s, _ := openCached(t, "redis://"+proxy.Addr, redisstore.CacheOptions{MaxAge: age})
	created(t, s, "id")
	proxy.Hold()
	time.Sleep(2 * age) // what is cached is too old
	proxy.Release()
	asked := time.Now()
	wantCached(t, server, s, "id")
	proxy.Hold()
	server.Do("DEL", "sess:id")
	stale := 0
	for {
		ctx := within(t, 50*time.Millisecond)
		began := time.Now()
		if _, err := s.Get(ctx, "id"); err != nil {
			break
		}
		stale++
		if began.Sub(asked) > age+patience/10 {
			t.Fatal("it is read although it ended long ago")
		}
		time.Sleep(time.Millisecond)
	}
	t.Logf("read %d times after its end, for %v", stale, time.Since(asked))
	proxy.Release()
	server.WaitFor("it is gone", func() bool {
		_, err := s.Get(within(t, time.Second), "id")
		return errors.Is(err, store.ErrNotFound)
	})
}
