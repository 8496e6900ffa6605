package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

const addExpired = `INSERT INTO session SELECT 'old' || i, '{}', now() - interval '1 hour' FROM generate_series(1, $1::int) AS i
	ON CONFLICT DO NOTHING`

func rows(t testing.TB, url, table string) int {
	t.Helper()
	return pgtest.Value[int](t, url, "SELECT count(*) FROM "+table)
}

// connect returns a connection as somebody else has it.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(within(t, patience), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func execOn(t testing.TB, c *pgx.Conn, query string, args ...any) {
	t.Helper()
	if _, err := c.Exec(within(t, patience), query, args...); err != nil {
		t.Fatal(err)
	}
}

// touch is a write that adds nothing.
func touch(t testing.TB, s *postgres.Store) {
	t.Helper()
	if err := s.Delete(within(t, patience), "never", ""); err != nil {
		t.Fatal(err)
	}
}

// Ensure that a backlog of expired records drains with the writes that come by,
// that none of them deletes more than a batch, and that the sweep rests for its
// interval afterwards.
func TestSweep(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	const backlog, batch = 505, 100
	pgtest.Exec(t, url, addExpired, backlog)
	s := openAt(t, url, postgres.Options{SweepBatch: batch, SweepInterval: time.Hour})
	for left := backlog; left > 0; {
		touch(t, s)
		left = max(0, left-batch)
		if got := rows(t, url, "session"); got != left {
			t.Fatalf("%d rows, want %d", got, left)
		}
	}
	pgtest.Exec(t, url, addExpired, 1)
	for range 3 {
		touch(t, s)
	}
	if got := rows(t, url, "session"); got != 1 {
		t.Errorf("%d rows right after a sweep, want 1", got)
	}
	often := openAt(t, url, postgres.Options{SweepInterval: 2})
	for range 3 {
		pgtest.Exec(t, url, addExpired, 1)
		touch(t, often)
		if got := rows(t, url, "session"); got != 0 {
			t.Errorf("%d rows when the interval is over, want none", got)
		}
	}
	never := openAt(t, url, postgres.Options{SweepBatch: -1, SweepInterval: 2})
	pgtest.Exec(t, url, addExpired, 1)
	touch(t, never)
	if got := rows(t, url, "session"); got != 1 {
		t.Errorf("%d rows without a sweep, want 1", got)
	}
}

// Ensure that hints that have expired are swept like records, but that no write
// pays for both.
func TestUserSweep(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	if err := s.AddUserSession(t.Context(), "ada", "stays", hourFromNow()); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, url, `INSERT INTO session_users SELECT 'ada', 'old' || i, 1 FROM generate_series(1, 25) AS i`)
	pgtest.Exec(t, url, addExpired, 15)
	s = openAt(t, url, postgres.Options{SweepBatch: 10, SweepInterval: time.Hour})
	for i, want := range []struct{ records, hints int }{
		{5, 26}, {0, 26}, // the last batch of records is not full
		{0, 16}, {0, 6}, {0, 1}, {0, 1},
	} {
		touch(t, s)
		if records, hints := rows(t, url, "session"), rows(t, url, "session_users"); records != want.records || hints != want.hints {
			t.Errorf("after write %d: %d records and %d hints, want %+v", i, records, hints, want)
		}
	}
}

// Ensure that who sweeps waits for nobody: not for another process that sweeps,
// and not for a transaction that has a record.
func TestSweepWaitsForNobody(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	s := openAt(t, url, postgres.Options{SweepInterval: 2})
	other := connect(t, url)
	pgtest.Exec(t, url, addExpired, 10)

	execOn(t, other, "SELECT pg_advisory_lock($1)", s.SweepLock())
	touch(t, s)
	if got := rows(t, url, "session"); got != 10 {
		t.Errorf("%d rows while another process sweeps, want 10", got)
	}
	execOn(t, other, "SELECT pg_advisory_unlock($1)", s.SweepLock())

	execOn(t, other, "BEGIN")
	execOn(t, other, "SELECT FROM session WHERE sid = 'old1' FOR UPDATE")
	touch(t, s)
	if got := rows(t, url, "session"); got != 1 {
		t.Errorf("%d rows while one is locked, want 1", got)
	}
	execOn(t, other, "COMMIT")
	touch(t, s)
	if got := rows(t, url, "session"); got != 0 {
		t.Errorf("%d rows, want none", got)
	}

	// A lock on the whole table holds up the sweep; not for long, and not what
	// the write has done.
	pgtest.Exec(t, url, addExpired, 10)
	execOn(t, other, "BEGIN")
	execOn(t, other, "LOCK TABLE session")
	began := time.Now()
	if err := s.RemoveUserSession(within(t, patience), "ada", "id"); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	execOn(t, other, "COMMIT")
}

// Ensure that a record that is created or touched again while it is being swept
// stays, whoever comes first, and that several that sweep do not get in each
// other's way.
func TestSweepRacesCreate(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	var stores []*postgres.Store
	for range 3 {
		stores = append(stores, openAt(t, url, postgres.Options{SweepBatch: 20, SweepInterval: 2}))
	}
	for round := range 5 {
		pgtest.Exec(t, url, "DELETE FROM session")
		pgtest.Exec(t, url, addExpired, 100)
		begin := make(chan struct{})
		var wg sync.WaitGroup
		for n, s := range stores {
			wg.Go(func() {
				<-begin
				for i := 1 + n; i <= 100; i += len(stores) {
					if _, err := s.Create(t.Context(), fmt.Sprintf("old%d", i), `{"new":1}`, hourFromNow()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		close(begin)
		wg.Wait()
		if n := rows(t, url, "session WHERE sess::text <> '{}'"); n != 100 {
			t.Fatalf("round %d: %d records, want 100", round, n)
		}
	}
}
