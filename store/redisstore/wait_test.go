package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that with WaitReplicas the end of a session is acknowledged only when
// the replica has it, so that a replica which is promoted by force has no session
// that was said to have ended; and that without, it may.
func TestWaitReplicas(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]int{"with": 1, "without": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			primary := redistest.Start(t)
			proxy := redistest.StartProxy(t, primary)
			replica := redistest.StartReplica(t, proxy.Addr)
			s := open(t, primary.URL(0), redisstore.Options{WaitReplicas: wait, WaitTimeout: 200 * time.Millisecond})
			created(t, s, "early")
			base := created(t, s, "late")
			offset := func() string { return primary.Info("replication", "master_repl_offset") }
			replica.WaitFor("the replica has both", func() bool { return replica.Info("replication", "slave_repl_offset") == offset() })
			if err := s.Delete(t.Context(), "early", ""); err != nil {
				t.Fatal(err)
			}

			proxy.Hold() // what the primary tells its replica
			for _, err := range []error{
				s.Delete(t.Context(), "late", base),
				// What is gone on the primary may be there on the replica.
				s.Delete(t.Context(), "late", ""),
				s.Delete(t.Context(), "late", ""),
				s.SetNotBefore(t.Context(), "ada", hourFromNow(), time.Time{}),
			} {
				if wait > 0 && !errors.Is(err, redisstore.ErrNotReplicated) || wait == 0 && err != nil {
					t.Errorf("without the replica: %v", err)
				}
			}

			primary.Stop()
			proxy.Drop()
			replica.Do("REPLICAOF", "NO", "ONE")
			after := open(t, replica.URL(0), redisstore.Options{})
			if _, err := after.Get(t.Context(), "early"); wait > 0 && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a session that was said to have ended: %v", err)
			}
			// Without WaitReplicas this one was said to have ended, too.
			if _, err := after.Get(t.Context(), "late"); err != nil {
				t.Errorf("the session of which the replica did not hear: %v", err)
			}
		})
	}
}

// Ensure that no acknowledged logout is undone by a primary that dies in the middle
// of many.
func TestWaitReplicasUnderLoad(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	replica := redistest.StartReplica(t, primary.Addr())
	s := open(t, primary.URL(0), redisstore.Options{WaitReplicas: 1})
	const sessions = 2000
	for i := range sessions {
		created(t, s, "id"+strconv.Itoa(i))
	}
	ids := make(chan string, sessions)
	for i := range sessions {
		ids <- "id" + strconv.Itoa(i)
	}
	close(ids)
	ended := make(chan string, sessions)
	results := make(chan error, 8)
	for range cap(results) {
		go func() {
			for id := range ids {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				err := s.Delete(ctx, id, "")
				cancel()
				if err != nil {
					results <- err
					return
				}
				ended <- id
			}
			results <- nil
		}()
	}
	for range sessions / 4 {
		select {
		case id := <-ended:
			defer func() { ended <- id }()
		case err := <-results:
			t.Fatalf("before anything has failed: %v", err)
		}
	}
	primary.Stop()
	for range cap(results) {
		<-results
	}
	replica.Do("REPLICAOF", "NO", "ONE")
	after := open(t, replica.URL(0), redisstore.Options{})
	for n := len(ended); n > 0; n-- {
		id := <-ended
		if _, err := after.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("a session is back that was said to have ended: %v", err)
		}
	}
}

// Ensure that WAIT holds nobody up: it has a connection of its own.
func TestWaitReplicasHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	s := open(t, primary.URL(0), redisstore.Options{WaitReplicas: 1, WaitTimeout: 5 * time.Second})
	created(t, s, "id")
	waiting := make(chan error, 1)
	go func() { waiting <- s.Delete(context.Background(), "id", "") }()
	primary.WaitFor("somebody waits", func() bool { return primary.Info("clients", "blocked_clients") == "1" })
	for i := range 20 {
		created(t, s, fmt.Sprint("other", i))
	}
	select {
	case err := <-waiting:
		t.Errorf("the wait is over already: %v", err)
	default:
	}
	if err := <-waiting; !errors.Is(err, redisstore.ErrNotReplicated) {
		t.Error(err)
	}
	// The deadline of the context counts, too.
	patient := open(t, primary.URL(0), redisstore.Options{WaitReplicas: 1, WaitTimeout: time.Hour})
	err := patient.Delete(within(t, 2*time.Second), "id", "")
	if !errors.Is(err, redisstore.ErrNotReplicated) && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// Ensure that WaitReplicas works on a cluster: WAIT goes to the node of the key.
func TestWaitReplicasOnCluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	s := open(t, redistest.ClusterURL(nodes), redisstore.Options{WaitReplicas: 1, WaitTimeout: 10 * time.Millisecond})
	for i := range 20 {
		id := "id" + strconv.Itoa(i)
		created(t, s, id)
		if err := s.Delete(t.Context(), id, ""); !errors.Is(err, redisstore.ErrNotReplicated) {
			t.Error(err)
		}
		if _, err := s.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	}
}
