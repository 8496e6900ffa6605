package redisstore_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// operations are those of a store on a record that is there.
func operations(base store.Version) map[string]func(context.Context, *redisstore.Store) error {
	return map[string]func(context.Context, *redisstore.Store) error{
		"get": func(ctx context.Context, s *redisstore.Store) error { _, err := s.Get(ctx, "id"); return err },
		"create": func(ctx context.Context, s *redisstore.Store) error {
			_, err := s.Create(ctx, "other", "{}", hourFromNow())
			return err
		},
		"save": func(ctx context.Context, s *redisstore.Store) error {
			_, err := s.Save(ctx, "id", string(base), hourFromNow(), base)
			return err
		},
		"touch":  func(ctx context.Context, s *redisstore.Store) error { return s.Touch(ctx, "id", hourFromNow()) },
		"delete": func(ctx context.Context, s *redisstore.Store) error { return s.Delete(ctx, "id", base) },
		"note": func(ctx context.Context, s *redisstore.Store) error {
			return s.AddUserSession(ctx, "ada", "id", hourFromNow())
		},
		"noted": func(ctx context.Context, s *redisstore.Store) error {
			for _, err := range s.UserSessions(ctx, "ada") {
				return err
			}
			return nil
		},
		"instant": func(ctx context.Context, s *redisstore.Store) error { _, err := s.NotBefore(ctx, "ada"); return err },
		"count":   func(ctx context.Context, s *redisstore.Store) error { _, err := s.Count(ctx); return err },
		"clear":   func(ctx context.Context, s *redisstore.Store) error { return s.Clear(ctx) },
	}
}

func created(t testing.TB, s *redisstore.Store, id string) store.Version {
	t.Helper()
	v, err := s.Create(t.Context(), id, `{"n":1}`, hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantBack checks that the store works again, at once or after what a connection
// needs to be made anew.
func wantBack(t testing.TB, s *redisstore.Store) {
	t.Helper()
	ctx := within(t, patience)
	for {
		_, err := s.Get(ctx, "any")
		if errors.Is(err, store.ErrNotFound) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the server is back, and still: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
}

const (
	deadline = 300 * time.Millisecond
	grace    = 4 * time.Second // a machine may be busy
)

// wantLate checks that all operations fail with the deadline, and not much later.
func wantLate(t *testing.T, s *redisstore.Store, base store.Version) {
	t.Helper()
	var wg sync.WaitGroup
	for name, op := range operations(base) {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			began := time.Now()
			err := op(ctx, s)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > deadline+grace {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
	wg.Wait()
}

// Ensure that a server which stands still makes operations late and no more: they
// end with their contexts, those that come later too, and all is well when it
// goes on.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, o := range map[string]redisstore.Options{
		"plain": {},
		"cache": {Prefix: "cached:", Cache: redisstore.NewCache(redisstore.CacheOptions{MaxAge: time.Nanosecond})},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, server.URL(0), o)
			base := created(t, s, "id")
			server.Signal(syscall.SIGSTOP)
			defer server.Signal(syscall.SIGCONT)
			for range 3 {
				wantLate(t, s, base)
			}
			// Cancelled without a deadline.
			ctx, cancel := context.WithCancel(context.Background())
			result := make(chan error, 1)
			go func() { _, err := s.Get(ctx, "id"); result <- err }()
			cancel()
			if err := <-result; !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			server.Signal(syscall.SIGCONT)
			wantBack(t, s)
		})
	}
}

// Ensure that connections which break while the server stands still do not make
// anybody wait for new ones beyond the deadline.
func TestPausedServerWithoutConnections(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server)
	s := open(t, "redis://"+proxy.Addr, redisstore.Options{})
	base := created(t, s, "id")
	server.Signal(syscall.SIGSTOP)
	defer server.Signal(syscall.SIGCONT)
	proxy.Drop()
	ctx := within(t, patience)
	for { // until the client has noticed
		begun, cancel := context.WithTimeout(ctx, deadline)
		_, err := s.Get(begun, "id")
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	for range 3 {
		wantLate(t, s, base)
	}
	server.Signal(syscall.SIGCONT)
	wantBack(t, s)
}

// Ensure that a server which is gone is an error at once, for as many requests as
// may come, and that nothing piles up.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{})
	base := created(t, s, "id")
	server.Stop()
	before := runtime.NumGoroutine()
	for name, op := range operations(base) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		began := time.Now()
		if err := op(ctx, s); err == nil || errors.Is(err, store.ErrNotFound) || time.Since(began) > 2*time.Second+grace {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
		cancel()
	}
	var memory runtime.MemStats
	heap := func() uint64 {
		runtime.GC()
		runtime.ReadMemStats(&memory)
		return memory.HeapAlloc
	}
	held := heap()
	for range 10_000 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		if _, err := s.Get(ctx, "id"); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		cancel()
	}
	if now := heap(); now > held+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", held, now)
	}
	if now := runtime.NumGoroutine(); now > before+50 {
		t.Errorf("%d goroutines, before %d", now, before)
	}
	server.Restart()
	wantBack(t, s)
	created(t, s, "id")
}

// Ensure that an answer which is cut off is an error, that nothing is sent twice,
// and that the next operation works.
func TestCutAnswer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name := range operations("") {
		t.Run(name, func(t *testing.T) {
			server.Do("FLUSHALL")
			proxy := redistest.StartProxy(t, server)
			s := open(t, "redis://"+proxy.Addr, redisstore.Options{})
			base := created(t, s, "id")
			if err := s.AddUserSession(t.Context(), "ada", "id", hourFromNow()); err != nil {
				t.Fatal(err)
			}
			op := operations(base)[name]
			if err := op(t.Context(), s); err != nil { // so that the server knows the script
				t.Fatal(err)
			}
			for _, id := range []string{"id", "other"} {
				if err := s.Delete(t.Context(), id, ""); err != nil {
					t.Fatal(err)
				}
			}
			created(t, s, "id")
			before := server.Calls()
			proxy.CutAfter(1)
			err := op(within(t, patience), s)
			for _, contract := range []error{store.ErrNotFound, store.ErrConflict, store.ErrExists} {
				if err == nil || errors.Is(err, contract) {
					t.Errorf("cut off: %v", err)
				}
			}
			wantBack(t, s)
			written := map[string]string{"create": "set", "save": "set", "delete": "del", "note": "zadd"}[name]
			if n := server.Calls()[written] - before[written]; written != "" && n > 1 {
				t.Errorf("the server has executed %s %d times; %v", written, n, err)
			}
		})
	}
}

// Ensure that requests which come while the server stands still pile up no further
// than to what is on its way, and that nothing of it is left afterwards.
func TestPausedServerUnderLoad(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{})
	created(t, s, "id")
	server.Signal(syscall.SIGSTOP)
	defer server.Signal(syscall.SIGCONT)
	before := runtime.NumGoroutine()
	requests := make(chan int)
	var workers sync.WaitGroup
	for range 64 {
		workers.Go(func() {
			for range requests {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
				if _, err := s.Get(ctx, "id"); err == nil || errors.Is(err, store.ErrNotFound) {
					t.Errorf("it answers: %v", err)
				}
				cancel()
			}
		})
	}
	for i := range 10_000 {
		requests <- i
	}
	close(requests)
	workers.Wait()
	// 1024 calls of the client, and 512 commands on each of up to four connections.
	if most := runtime.NumGoroutine(); most > before+3500 {
		t.Errorf("%d goroutines after 10,000 requests, %d before", most, before)
	}
	server.Signal(syscall.SIGCONT)
	wantBack(t, s)
	server.WaitFor("nothing is left", func() bool { return runtime.NumGoroutine() < before+200 }) // others run, too
}
