package redisstore_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// Ensure that the store keeps the contract, alone and under sessions, on one
// server in all ways to use it.
func TestStoreContract(t *testing.T) {
	t.Parallel()
	d := &databases{Server: redistest.Start(t)}
	stores := map[string]func(t *testing.T) store.Store{
		"URL": func(t *testing.T) store.Store { return open(t, d.url(), redisstore.Options{}) },
		"Prefix": func(t *testing.T) store.Store {
			return open(t, d.url(), redisstore.Options{Prefix: `u[a-z]*?\^:`})
		},
		"Cache": func(t *testing.T) store.Store {
			return open(t, d.url(), redisstore.Options{Cache: redisstore.NewCache(redisstore.CacheOptions{})})
		},
		"Client": func(t *testing.T) store.Store {
			option, err := redisstore.ParseURL(d.url())
			if err != nil {
				t.Fatal(err)
			}
			s := redisstore.New(connected(t, option), redisstore.Options{})
			t.Cleanup(func() { s.Close() })
			return s
		},
		"HashIDs": func(t *testing.T) store.Store {
			return store.HashIDs(open(t, d.url(), redisstore.Options{}))
		},
	}
	for name, newStore := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, newStore)
		})
	}
}

// Ensure that the store keeps the contract on a server that lacks PEXPIRETIME, as
// Redis 6.2 does.
func TestStoreContractOnOldServer(t *testing.T) {
	t.Parallel()
	d := &databases{Server: redistest.Start(t, "--rename-command", "PEXPIRETIME", "")}
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, d.url(), redisstore.Options{}) })
}

// Ensure that the store keeps the contract on a cluster.
func TestStoreContractOnCluster(t *testing.T) {
	t.Parallel()
	url := redistest.ClusterURL(redistest.StartCluster(t))
	var next atomic.Int32
	prefix := func() string { return fmt.Sprintf("s%d:", next.Add(1)) }
	t.Run("URL", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) store.Store {
			return open(t, url, redisstore.Options{Prefix: prefix()})
		})
	})
	t.Run("Cache", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) store.Store {
			return open(t, url, redisstore.Options{Prefix: prefix(), Cache: redisstore.NewCache(redisstore.CacheOptions{})})
		})
	})
}

// Ensure that the store keeps the contract through a Sentinel.
func TestStoreContractOnSentinel(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	sentinel := redistest.StartSentinel(t, primary)
	var next atomic.Int32
	storetest.Run(t, func(t *testing.T) store.Store {
		url := fmt.Sprintf("redis-sentinel://%s/main/%d", sentinel.Addr(), next.Add(1))
		return open(t, url, redisstore.Options{})
	})
}
