package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// Ensure that when there is no room left what cannot be stored is an error, that
// nothing is lost which had been stored, and that all is well once there is room
// again. A file that may not grow stands in for a full disk.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db, err := sqlite.OpenDB(filepath.Join(t.TempDir(), "full.db"), sqlite.DBOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := sqlite.New(db, sqlite.Options{SweepBatch: -1})
	if err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		t.Helper()
		if _, err := db.Writer().ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(100)
	expires := time.Now().Add(time.Hour)
	data := func(i int) string { return fmt.Sprintf(`{"n":%d,"s":"%s"}`, i, strings.Repeat("x", 1500)) }
	versions := map[string]store.Version{}
	var full error
	for i := 0; full == nil && i < 1000; i++ {
		id := fmt.Sprintf("s3cr3t%d", i)
		v, err := s.Create(t.Context(), id, data(i), expires)
		if full = err; err == nil {
			versions[id] = v
		}
	}
	if full == nil {
		t.Fatal("there is room for all")
	}
	_, saveErr := s.Save(t.Context(), "s3cr3t0", strings.Repeat("y", 100_000), expires, versions["s3cr3t0"])
	for _, err := range []error{full, saveErr} {
		if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) ||
			strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("no room, and %v", err)
		}
	}
	for id, v := range versions {
		if r, err := s.Get(t.Context(), id); err != nil || r.Version != v {
			t.Fatalf("what was stored before: %v", err)
		}
	}
	if err := s.Delete(t.Context(), "s3cr3t0", versions["s3cr3t0"]); err != nil {
		t.Errorf("a logout when there is no room: %v", err)
	}
	limit(10_000)
	if _, err := s.Create(t.Context(), "late", strings.Repeat("y", 100_000), expires); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}
