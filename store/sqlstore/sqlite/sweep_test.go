package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// Ensure that a backlog of expired records drains with the writes that come
// by, that none of them deletes more than a batch, and that the sweep rests
// for its interval afterwards. The bubble ends only if no goroutine is left.
func TestSweep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		const backlog, batch = 5050, 100
		db, s := openDB(t, path, sqlite.Options{SweepBatch: batch, SweepInterval: time.Minute})
		rows := func() int { return scan[int](t, db.Reader(), "SELECT count(*) FROM sessions") }
		write := func(i int) {
			t.Helper()
			if _, err := s.Create(t.Context(), fmt.Sprintf("new%d", i), "", hourFromNow()); err != nil {
				t.Fatal(err)
			}
		}
		write(0)
		addExpired := func(n int) {
			execSQL(t, db.Writer(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				INSERT INTO sessions (sid, expired, sess) SELECT 'old' || i, ?, '{}' FROM n`, n, time.Now().UnixMilli())
		}
		addExpired(backlog)

		write(1)
		if got, want := rows(), backlog+2; got != want {
			t.Errorf("%d rows before the sweep is due, want %d", got, want)
		}
		time.Sleep(time.Minute)
		for i, before := 2, rows(); before > i; i++ {
			write(i)
			after := rows()
			if deleted := before + 1 - after; deleted > batch || deleted <= 0 {
				t.Fatalf("write %d deleted %d rows of %d", i, deleted, before)
			}
			before = after
		}

		addExpired(1)
		before := rows()
		if err := s.Touch(t.Context(), "new0", time.Now().Add(2*time.Hour)); err != nil {
			t.Error(err)
		}
		if got := rows(); got != before {
			t.Errorf("%d rows right after a sweep, want %d", got, before)
		}
		time.Sleep(time.Minute)
		if err := s.Touch(t.Context(), "new0", time.Now().Add(3*time.Hour)); err != nil {
			t.Error(err)
		}
		if got := rows(); got != before-1 {
			t.Errorf("%d rows after the interval, want %d", got, before-1)
		}
	})
}

// Ensure that a record is there until its last millisecond and not later,
// whatever is below a millisecond, though nothing has swept it.
func TestExpiry(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		db, s := openDB(t, path, sqlite.Options{SweepBatch: -1})
		expires := time.Now().Add(time.Second + 600*time.Microsecond)
		if _, err := s.Create(t.Context(), "id", "data", expires); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second - time.Nanosecond)
		r, err := s.Get(t.Context(), "id")
		if err != nil {
			t.Fatal(err)
		}
		if early := expires.Sub(r.Expires); early < 0 || early >= time.Millisecond {
			t.Errorf("expires %v early", early)
		}
		time.Sleep(time.Nanosecond)
		if _, err := s.Get(t.Context(), "id"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after its end: %v", err)
		}
		if n := scan[int](t, db.Reader(), "SELECT count(*) FROM sessions"); n != 1 {
			t.Errorf("%d rows without a sweep, want 1", n)
		}
	})
}
