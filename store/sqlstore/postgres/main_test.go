package postgres_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// shared is the server of the tests that neither stop it nor pause it.
var shared pgtest.Shared

// TestMain lets the test binary play a second process, and checks after all tests
// that nothing of this package or the driver still runs.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	code := m.Run()
	if left := goroutinesLeft(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left after all tests:\n%s\n", left)
		code = 1
	}
	shared.Stop()
	os.Exit(code)
}

// goroutinesLeft returns the stacks of goroutines that hold a connection. Those
// that end on a signal that Close gives get a moment to do so.
func goroutinesLeft() string {
	deadline := time.Now().Add(10 * time.Second)
	for {
		var left []string
		stacks := make([]byte, 1<<20)
		for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if strings.Contains(stack, "jackc/") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			return strings.Join(left, "\n\n")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// tables hands out tables of one database, so that many stores can be empty at
// first and share it.
type tables struct {
	url  string
	next atomic.Int32
}

// open opens a store in a table of its own.
func (d *tables) open(t testing.TB, o postgres.Options) *postgres.Store {
	t.Helper()
	o.Table += fmt.Sprintf("session%d", d.next.Add(1))
	o.CreateTables = true
	return openAt(t, d.url, o)
}

// open opens a store in a new database, closed with the test.
func open(t testing.TB) (s *postgres.Store, url string) {
	t.Helper()
	url = shared.Database(t)
	return openAt(t, url, postgres.Options{CreateTables: true}), url
}

func openAt(t testing.TB, url string, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(within(t, patience), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// within returns a context that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func hourFromNow() time.Time { return time.Now().Add(time.Hour) }

const patience = 30 * time.Second
