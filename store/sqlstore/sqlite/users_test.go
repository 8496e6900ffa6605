package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

func note(t testing.TB, s *sqlite.Store, user, id string, expires time.Time) {
	t.Helper()
	if err := s.AddUserSession(t.Context(), user, id, expires); err != nil {
		t.Fatal(err)
	}
}

func countUser(t testing.TB, s *sqlite.Store, user string) (n int) {
	t.Helper()
	for _, err := range s.UserSessions(t.Context(), user) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// Ensure that a database of connect-sqlite3 that has been in use gets what the
// index needs, and that the table of the sessions stays as Node has made it.
func TestUsersInNodeDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions")
	node := openRaw(t, path)
	execSQL(t, node, nodeTable)
	execSQL(t, node, "INSERT INTO sessions VALUES ('id', ?, ?)", hourFromNow().UnixMilli(), nodeData)
	for range 2 {
		s := openAt(t, path)
		note(t, s, "ada", "id", hourFromNow())
		if n := countUser(t, s, "ada"); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
		if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != nodeData {
			t.Errorf("got %q, %v", r.Data, err)
		}
	}
	if n := scan[int](t, node, "SELECT count(*) FROM pragma_table_info('sessions')"); n != 3 {
		t.Errorf("%d columns, want 3", n)
	}
	types := scan[string](t, node, "SELECT typeof(user) || typeof(sid) || typeof(expires) FROM sessions_users")
	if types != "texttextinteger" {
		t.Errorf("stored as %s", types)
	}
}

// Ensure that what is noted is there until its last millisecond and not later.
func TestUserExpiry(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		db, s := openDB(t, path, sqlite.Options{SweepBatch: -1})
		note(t, s, "ada", "id", time.Now())
		if n := scan[int](t, db.Reader(), "SELECT count(*) FROM sessions_users"); n != 0 {
			t.Errorf("%d rows of what is over, want none", n)
		}
		note(t, s, "ada", "id", time.Now().Add(time.Second))
		note(t, s, "ada", "other", hourFromNow())
		time.Sleep(time.Second - time.Nanosecond)
		if n := countUser(t, s, "ada"); n != 2 {
			t.Errorf("%d sessions before the end, want 2", n)
		}
		time.Sleep(time.Nanosecond)
		if n := countUser(t, s, "ada"); n != 1 {
			t.Errorf("%d sessions after the end, want 1", n)
		}
		// The loop may take its time.
		note(t, s, "ada", "id", time.Now().Add(time.Second))
		n := 0
		for range s.UserSessions(t.Context(), "ada") {
			n++
			time.Sleep(time.Hour)
		}
		if n != 1 {
			t.Errorf("yielded %d sessions, the second of which had expired meanwhile", n)
		}
	})
}

// Ensure that hints that have expired are swept like records, but that no write
// pays for both.
func TestUserSweep(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	synctest.Test(t, func(t *testing.T) {
		const batch = 10
		db, s := openDB(t, path, sqlite.Options{SweepBatch: batch, SweepInterval: time.Minute})
		rows := func(table string) int { return scan[int](t, db.Reader(), "SELECT count(*) FROM "+table) }
		note(t, s, "ada", "stays", time.Now().Add(24*time.Hour))
		for i := range 25 {
			note(t, s, "ada", fmt.Sprintf("id%d", i), time.Now().Add(time.Second))
			if _, err := s.Create(t.Context(), fmt.Sprintf("id%d", i), "", time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		for i, want := range []struct{ records, hints int }{
			{15, 26}, {5, 26}, {0, 26}, // the last batch of records is not full
			{0, 16}, {0, 6}, {0, 1}, {0, 1},
		} {
			if err := s.RemoveUserSession(t.Context(), "ada", "never"); err != nil {
				t.Fatal(err)
			}
			if records, hints := rows("sessions"), rows("sessions_users"); records != want.records || hints != want.hints {
				t.Errorf("after write %d: %d records and %d hints, want %+v", i, records, hints, want)
			}
		}
		if n := countUser(t, s, "ada"); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
	})
}

// Ensure that to note what is noted already writes nothing at all.
func TestIdleNote(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	_, s := openDB(t, path, sqlite.Options{SweepBatch: -1})
	expires := hourFromNow()
	note(t, s, "ada", "id", expires)
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	for _, d := range []time.Duration{0, -time.Minute, -2 * time.Hour} {
		note(t, s, "ada", "id", expires.Add(d))
	}
	if after := size(); after != before {
		t.Errorf("the log grew from %d to %d bytes", before, after)
	}
	note(t, s, "ada", "id", expires.Add(time.Minute))
	if size() == before {
		t.Error("the log does not show writes")
	}
}

// Ensure that a walk over several pages holds nothing while it yields.
func TestUserSessionsHoldNothing(t *testing.T) {
	t.Parallel()
	db, s := openDB(t, filepath.Join(t.TempDir(), "sessions.db"), sqlite.Options{})
	for i := range 600 {
		note(t, s, "ada", fmt.Sprintf("r%d", i), hourFromNow())
	}
	n := 0
	for id, err := range s.UserSessions(t.Context(), "ada") {
		if err != nil {
			t.Fatal(err)
		}
		if used := db.Reader().Stats().InUse; used != 0 {
			t.Fatalf("%d connections are in use", used)
		}
		if err := s.RemoveUserSession(t.Context(), "ada", id); err != nil {
			t.Fatal(err)
		}
		if n++; n == 500 {
			break
		}
	}
	var busy, pages, copied int
	err := db.Writer().QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &copied)
	if err != nil || busy != 0 {
		t.Errorf("a reader is in the way of the checkpoint: %d, %v", busy, err)
	}
	if left := countUser(t, s, "ada"); left != 100 {
		t.Errorf("%d sessions are left, want 100", left)
	}
}

// advance moves the instant of "ada" n times by a millisecond.
func advance(ctx context.Context, s *sqlite.Store, n int) error {
	for n > 0 {
		base, err := s.NotBefore(ctx, "ada")
		if err != nil {
			return err
		}
		next := base.Add(time.Millisecond)
		if base.IsZero() {
			next = time.UnixMilli(1)
		}
		if err := s.SetNotBefore(ctx, "ada", next, base); err == nil {
			n--
		} else if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}

// Ensure that of two processes that set an instant on the same base one fails.
func TestTwoProcessesSetNotBefore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := openAt(t, path)
	other := start(t, "advance", path)
	other.begin()
	if err := advance(t.Context(), s, increments); err != nil {
		t.Error(err)
	}
	if line := other.line(); line != "" {
		t.Error(line)
	}
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
	got, err := s.NotBefore(t.Context(), "ada")
	if err != nil || got.UnixMilli() != 2*increments {
		t.Errorf("the instant is %d, %v, want %d", got.UnixMilli(), err, 2*increments)
	}
}
