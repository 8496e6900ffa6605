package redisstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that the replicas of a cluster are not counted with their primaries, and
// that the store follows when one is promoted, or a slot moves.
func TestClusterChanges(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	replica := redistest.StartClusterReplica(t, nodes[0])
	nodes[1].WaitFor("all know the replica", func() bool {
		return strings.Contains(nodes[1].Do("CLUSTER", "SLOTS").([]any)[0].([]any)[2].([]any)[0].(string), "127.0.0.1") &&
			len(nodes[1].Do("CLUSTER", "NODES").(string)) > 0 && strings.Contains(nodes[1].Do("CLUSTER", "NODES").(string), "slave")
	})
	s := open(t, redistest.ClusterURL(nodes), redisstore.Options{})
	const sessions = 300
	for i := range sessions {
		created(t, s, fmt.Sprint("id", i))
	}
	want := func() {
		t.Helper()
		ctx := within(t, patience)
		for {
			n, err := s.Count(ctx)
			if err == nil && n == sessions {
				break
			}
			if ctx.Err() != nil || err == nil && n > sessions {
				t.Fatalf("%d sessions, want %d; %v", n, sessions, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		for i := range sessions {
			if _, err := s.Get(t.Context(), fmt.Sprint("id", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	want()

	offset := func() string { return nodes[0].Info("replication", "master_repl_offset") }
	replica.WaitFor("the replica has all", func() bool { return replica.Info("replication", "slave_repl_offset") == offset() })
	replica.Do("CLUSTER", "FAILOVER", "TAKEOVER")
	replica.WaitFor("the replica is promoted", func() bool { return replica.Info("replication", "role") == "master" })
	want()

	// Its own keys, to and fro.
	for i := range sessions {
		id := fmt.Sprint("id", i)
		r, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(t.Context(), id, `{"n":2}`, hourFromNow(), r.Version); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d sessions after Clear, %v", n, err)
	}
}
