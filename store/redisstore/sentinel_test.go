package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that a store behind a Sentinel follows it to the new primary when the old
// one dies, with a cache and without.
func TestSentinelFailover(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	replica := redistest.StartReplica(t, primary.Addr())
	sentinel := redistest.StartSentinel(t, primary)
	sentinel.WaitFor("the Sentinel knows the replica", func() bool {
		known := sentinel.Do("SENTINEL", "REPLICAS", "main").([]any)
		return len(known) == 1
	})
	url := "redis-sentinel://" + sentinel.Addr() + "/main"
	cached, _ := openCached(t, url, redisstore.CacheOptions{})
	stores := []*redisstore.Store{open(t, url, redisstore.Options{WaitReplicas: 1}), cached}
	v := created(t, stores[0], "id")
	if err := stores[0].Delete(t.Context(), "id", v); err != nil { // so that the replica has what comes before, too
		t.Fatal(err)
	}
	primary.Stop()
	replica.WaitFor("the replica is promoted", func() bool {
		role, err := replica.TryDo("ROLE") // a promotion closes connections
		return err == nil && role.([]any)[0] == "master"
	})
	for _, s := range stores {
		ctx := within(t, patience)
		for {
			_, err := s.Create(ctx, "new", "{}", hourFromNow())
			if err == nil || errors.Is(err, store.ErrExists) {
				break
			}
			if ctx.Err() != nil {
				t.Fatalf("there is a new primary, and still: %v", err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if _, err := s.Get(t.Context(), "id"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session that had ended: %v", err)
		}
		if _, err := s.Get(t.Context(), "new"); err != nil {
			t.Error(err)
		}
	}
}
