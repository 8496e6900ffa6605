package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// Ensure that All yields every record that has not expired once, over several
// pages, and that Count agrees.
func TestAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	db, s := openDB(t, path, sqlite.Options{SweepBatch: -1})
	want := map[string]string{}
	for i := range 700 {
		id, data := fmt.Sprintf("r%d", i), strings.Repeat("x", i*10)
		expires := hourFromNow()
		if i%7 == 0 {
			expires = time.Now().Add(-time.Second)
		} else {
			want[id] = data
		}
		if _, err := s.Create(t.Context(), id, data, expires); err != nil {
			t.Fatal(err)
		}
	}
	future := hourFromNow().UnixMilli()
	for _, foreign := range []any{[]byte("blob"), nil, 12, "with space", ""} {
		execSQL(t, db.Writer(), "INSERT INTO sessions (sid, expired, sess) VALUES (?, ?, '{}')", foreign, future)
	}
	got := map[string]string{}
	for r, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[r.ID]; twice {
			t.Errorf("%s: yielded twice", r.ID)
		}
		got[r.ID] = r.Data
		if want[r.ID] != r.Data || r.Version == "" {
			t.Errorf("%s: other data", r.ID)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
}

// Ensure that a walk holds nothing while it yields: records can be deleted from
// within, the log can be truncated, and breaking off leaves no connection busy.
func TestAllHoldsNothing(t *testing.T) {
	t.Parallel()
	db, s := openDB(t, filepath.Join(t.TempDir(), "sessions.db"), sqlite.Options{})
	for i := range 600 {
		if _, err := s.Create(t.Context(), fmt.Sprintf("r%d", i), "data", hourFromNow()); err != nil {
			t.Fatal(err)
		}
	}
	left := 500
	for r, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n := db.Reader().Stats().InUse; n != 0 {
			t.Fatalf("%d connections are in use", n)
		}
		if err := s.Delete(t.Context(), r.ID, r.Version); err != nil {
			t.Fatal(err)
		}
		if left--; left == 0 {
			break
		}
	}
	var busy, pages, copied int
	err := db.Writer().QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &copied)
	if err != nil || busy != 0 {
		t.Errorf("a reader is in the way of the checkpoint: %d, %v", busy, err)
	}
	if n, err := s.Count(t.Context()); n != 100 || err != nil {
		t.Errorf("counted %d, %v, want 100", n, err)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := s.Count(t.Context()); n != 0 || err != nil {
		t.Errorf("counted %d after Clear, %v", n, err)
	}
}

// Ensure that a walk ends with its context, and says so.
func TestAllCancelled(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	for _, err := range s.All(ctx) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("yielded %d times, want 1", n)
	}
}
