package pgtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// Ensure that a server keeps what it has across a restart, answers nothing while
// it is paused, and is gone when it was stopped.
func TestServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "work_mem=5MB")
	url := server.Database(t, "test")
	if got := pgtest.Value[string](t, url, "SHOW work_mem"); got != "5MB" {
		t.Errorf("a setting is %s", got)
	}
	pgtest.Exec(t, url, "CREATE TABLE t AS SELECT 1 AS n")
	server.Halt()
	server.Restart(t)
	if n := pgtest.Value[int](t, url, "SELECT n FROM t"); n != 1 {
		t.Errorf("%d after a restart, want 1", n)
	}

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := conn.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("paused: %v", err)
	}
	server.Resume(t)
	if n := pgtest.Value[int](t, url, "SELECT n FROM t"); n != 1 {
		t.Errorf("%d after a pause, want 1", n)
	}
	server.Stop()
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("stopped, and still there")
	}
	server.Stop()
}

// Ensure that the tests of a binary share a server and have a database each.
func TestShared(t *testing.T) {
	t.Parallel()
	var shared pgtest.Shared
	defer shared.Stop()
	one, two := shared.Database(t), shared.Database(t)
	pgtest.Exec(t, one, "CREATE TABLE t AS SELECT 1")
	pgtest.Exec(t, two, "CREATE TABLE t AS SELECT 1")
	for _, url := range []string{one, two} {
		if n := pgtest.Value[int](t, url, "SELECT count(*) FROM t"); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	}
}
