package redisstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

const (
	roleVariable = "SOJOURN_TEST_REDIS_ROLE"
	urlVariable  = "SOJOURN_TEST_REDIS_URL"
)

// play is the main function of another process, which reads the session that each
// line of its input names until it is gone, and says when that was.
func play(string) int {
	s, err := redisstore.Open(context.Background(), os.Getenv(urlVariable), redisstore.Options{
		Cache: redisstore.NewCache(redisstore.CacheOptions{MaxAge: time.Hour}),
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer s.Close()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := watch(s, lines.Text()); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	return 0
}

func watch(s *redisstore.Store, id string) error {
	for range 2 {
		if _, err := s.Get(context.Background(), id); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	for {
		_, err := s.Get(context.Background(), id)
		if errors.Is(err, store.ErrNotFound) {
			fmt.Println(time.Now().UnixNano())
			return nil
		}
		if err != nil {
			return err
		}
		time.Sleep(20 * time.Microsecond)
	}
}

// watcher is another process.
type watcher struct {
	stdin io.WriteCloser
	lines *bufio.Scanner
}

func startWatcher(t testing.TB, url string) *watcher {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=watch", urlVariable+"="+url)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &watcher{stdin, bufio.NewScanner(stdout)}
}

func (w *watcher) line(t testing.TB) string {
	t.Helper()
	if !w.lines.Scan() {
		t.Fatal("a watcher has ended")
	}
	return w.lines.Text()
}

// revoke ends sessions that two other processes have in their caches, and returns
// how long after the answer each of them still read it, sorted.
func revoke(t testing.TB, n int) []time.Duration {
	t.Helper()
	url := redistest.Start(t).URL(0)
	s := open(t, url, redisstore.Options{})
	watchers := []*watcher{startWatcher(t, url), startWatcher(t, url)}
	var took []time.Duration
	for i := range n {
		id := "id" + strconv.Itoa(i)
		created(t, s, id)
		for _, w := range watchers {
			io.WriteString(w.stdin, id+"\n")
		}
		for _, w := range watchers {
			if line := w.line(t); line != "ready" {
				t.Fatal(line)
			}
		}
		if err := s.Delete(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
		answered := time.Now().UnixNano()
		for _, w := range watchers {
			gone, err := strconv.ParseInt(w.line(t), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			took = append(took, max(0, time.Duration(gone-answered)))
		}
	}
	slices.Sort(took)
	return took
}

// Ensure that what one process ends is gone from the caches of others.
func TestRevocationAcrossProcesses(t *testing.T) {
	t.Parallel()
	took := revoke(t, 200)
	if last := took[len(took)-1]; last > patience {
		t.Errorf("a session was read for %v after its end", last)
	}
}

// BenchmarkRevocation measures how long after the answer to Delete the session is
// read in two other processes that have it in their caches.
func BenchmarkRevocation(b *testing.B) {
	took := revoke(b, b.N)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Nanoseconds()) / 1e3
	}
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
	b.ReportMetric(at(1), "max-µs")
}
