package redistest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// StartReplica starts a replica of the server at an address, which may be that of
// a [Proxy], and waits until it has caught up.
func StartReplica(t testing.TB, primary string, args ...string) *Server {
	t.Helper()
	s := Start(t, append([]string{"--replicaof", strings.Replace(primary, ":", " ", 1)}, args...)...)
	s.WaitFor("the replica is connected", func() bool { return s.Info("replication", "master_link_status") == "up" })
	return s
}

// StartCluster starts a cluster of three primaries without replicas.
func StartCluster(t testing.TB, args ...string) []*Server {
	t.Helper()
	nodes := make([]*Server, 3)
	for i := range nodes {
		nodes[i] = startNode(t, args)
	}
	const slots = 16384
	for i, node := range nodes {
		from, to := i*slots/len(nodes), (i+1)*slots/len(nodes)-1
		node.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(from), strconv.Itoa(to))
		node.Do("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		if i > 0 {
			node.Do("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(nodes[0].Port), strconv.Itoa(nodes[0].Port+busOffset))
		}
	}
	for _, node := range nodes {
		node.WaitFor("the cluster is whole", func() bool {
			info := node.Do("CLUSTER", "INFO").(string)
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return nodes
}

func startNode(t testing.TB, args []string) *Server {
	t.Helper()
	return start(t, func(port int) []string {
		return append([]string{"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(port + busOffset), "--cluster-node-timeout", "15000"}, args...)
	})
}

// StartClusterReplica starts a replica of one node of a cluster.
func StartClusterReplica(t testing.TB, primary *Server, args ...string) *Server {
	t.Helper()
	s := startNode(t, args)
	id := primary.Do("CLUSTER", "MYID").(string)
	s.Do("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(primary.Port), strconv.Itoa(primary.Port+busOffset))
	s.WaitFor("the replica knows its primary", func() bool {
		_, err := s.TryDo("CLUSTER", "REPLICATE", id)
		return err == nil
	})
	s.WaitFor("the replica is connected", func() bool { return s.Info("replication", "master_link_status") == "up" })
	return s
}

// ClusterURL returns the URL of a cluster.
func ClusterURL(nodes []*Server) string {
	var addrs []string
	for _, node := range nodes {
		addrs = append(addrs, node.Addr())
	}
	return "redis-cluster://" + strings.Join(addrs, ",")
}

// StartSentinel starts a Sentinel that watches a primary under the name "main".
func StartSentinel(t testing.TB, primary *Server, options ...string) *Server {
	t.Helper()
	// A Sentinel needs a file that it can rewrite.
	text := fmt.Sprintf("sentinel monitor main 127.0.0.1 %d 1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 5000\n", primary.Port)
	text += strings.Join(options, "\n")
	file := t.TempDir() + "/sentinel.conf"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, func(int) []string { return []string{file, "--sentinel"} })
}
