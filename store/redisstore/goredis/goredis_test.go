package goredis_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore/goredis"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

func open(t testing.TB, client redis.UniversalClient, o goredis.Options) *goredis.Store {
	t.Helper()
	s := goredis.New(client, o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		client.Close()
	})
	return s
}

func hourFromNow() time.Time { return time.Now().Add(time.Hour) }

// Ensure that the store keeps the contract through go-redis, with both versions of
// the protocol.
func TestStoreContract(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	var next atomic.Int32
	for protocol := 2; protocol <= 3; protocol++ {
		t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store {
				return open(t, redis.NewClient(&redis.Options{
					Addr: server.Addr(), DB: int(next.Add(1)), Protocol: protocol, ContextTimeoutEnabled: true,
				}), goredis.Options{})
			})
		})
	}
}

// Ensure that the store keeps the contract through go-redis on a cluster.
func TestStoreContractOnCluster(t *testing.T) {
	t.Parallel()
	var addrs []string
	for _, node := range redistest.StartCluster(t) {
		addrs = append(addrs, node.Addr())
	}
	var next atomic.Int32
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true}),
			goredis.Options{Prefix: fmt.Sprintf("s%d:", next.Add(1))})
	})
}

// Ensure that nothing is sent twice when an answer is cut off, whatever the
// client's options.
func TestCutAnswer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server)
	s := open(t, redis.NewClient(&redis.Options{Addr: proxy.Addr, MaxRetries: 5}), goredis.Options{})
	v, err := s.Create(t.Context(), "id", "{}", hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	if v, err = s.Save(t.Context(), "id", `{"n":1}`, hourFromNow(), v); err != nil {
		t.Fatal(err)
	}
	before := server.Calls()["set"]
	proxy.CutAfter(1)
	_, err = s.Save(t.Context(), "id", `{"n":2}`, hourFromNow(), v)
	if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("save: %v", err)
	}
	if _, err := s.Get(t.Context(), "id"); err != nil { // on a new connection
		t.Fatal(err)
	}
	proxy.CutAfter(1)
	_, err = s.Create(t.Context(), "other", "{}", hourFromNow())
	if err == nil || errors.Is(err, store.ErrExists) {
		t.Errorf("create: %v", err)
	}
	if n := server.Calls()["set"] - before; n != 2 {
		t.Errorf("the server has written %d times, want 2", n)
	}
	if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != `{"n":2}` {
		t.Errorf("afterwards: %v, %v", r, err)
	}
}

// Ensure that a server which stands still makes operations late and no more, with
// a client as it comes, too.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	for _, enabled := range []bool{true, false} {
		t.Run(fmt.Sprint(enabled), func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			s := open(t, redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: enabled, ReadTimeout: 20 * time.Second}), goredis.Options{})
			if _, err := s.Create(t.Context(), "id", "{}", hourFromNow()); err != nil {
				t.Fatal(err)
			}
			server.Signal(syscall.SIGSTOP)
			for range 3 {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				began := time.Now()
				if _, err := s.Get(ctx, "id"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				cancel()
			}
			server.Signal(syscall.SIGCONT)
			if _, err := s.Get(t.Context(), "id"); err != nil {
				t.Errorf("when it goes on: %v", err)
			}
		})
	}
}

// Ensure that WaitReplicas goes to the node of the key.
func TestWaitReplicas(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	redistest.StartReplica(t, primary.Addr())
	for n, want := range map[int]error{1: nil, 2: goredis.ErrNotReplicated} {
		s := open(t, redis.NewClient(&redis.Options{Addr: primary.Addr()}), goredis.Options{WaitReplicas: n, WaitTimeout: time.Second})
		if _, err := s.Create(t.Context(), "id", "{}", hourFromNow()); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(t.Context(), "id", ""); !errors.Is(err, want) {
			t.Errorf("%d replicas: %v, want %v", n, err, want)
		}
	}
}

// Ensure that whoever uses this package does not get the other client.
func TestRequirements(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "rueidis") {
		t.Error("go.mod requires rueidis")
	}
}
