package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// Ensure that on a full disk what cannot be stored is an error, that nothing is
// lost which had been stored, and that all is well once there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, "autovacuum=off")
	url := server.Database(t, "sojourn")
	s := openAt(t, url, postgres.Options{CreateTables: true, SweepBatch: -1})
	created(t, s)
	const room = 17 << 20
	// So much that the file of the table is about to reach the limit.
	pgtest.Exec(t, url, `INSERT INTO session SELECT 'filler' || i, to_json(repeat(md5(i::text), 30)), now() + interval '1 day'
		FROM generate_series(1, 16500) AS i`)
	server.LimitFiles(t, room)

	data := func(i int) string { return fmt.Sprintf(`{"n":%d,"s":"%s"}`, i, strings.Repeat("x", 900)) }
	var stored []string
	full := false
	for i := 0; i < 5000 && !full; i++ {
		id := fmt.Sprintf("id%d", i)
		_, err := s.Create(within(t, patience), id, data(i), hourFromNow())
		if full = err != nil; full {
			wantUnavailable(t, "create", err)
			if strings.Contains(err.Error(), id) || strings.Contains(err.Error(), "xxx") {
				t.Errorf("the error says too much: %v", err)
			}
		} else {
			stored = append(stored, id)
		}
	}
	if !full {
		t.Fatal("the disk is not full")
	}
	// More would go into another file, that of the long values.
	if _, err := s.Save(within(t, patience), "id", `{"s":"`+strings.Repeat("y", 1900)+`"}`, hourFromNow(), someData); err == nil {
		t.Error("a save for which there is no room has succeeded")
	} else {
		wantUnavailable(t, "save", err)
	}
	if r, err := s.Get(within(t, patience), "id"); err != nil || r.Data != someData {
		t.Errorf("what was there: %.50q, %v", r.Data, err)
	}
	for i, id := range stored {
		if r, err := s.Get(within(t, patience), id); err != nil || r.Data != data(i) {
			t.Fatalf("what was stored before: %v", err)
		}
	}
	if err := s.Delete(within(t, patience), stored[0], store.Version(data(0))); err != nil {
		t.Errorf("a logout on a full disk: %v", err)
	}

	server.LimitFiles(t, 0)
	if _, err := s.Create(within(t, patience), "late", data(1), hourFromNow()); err != nil {
		t.Errorf("once there is room: %v", err)
	}
	if _, err := s.Save(within(t, patience), "id", data(2), hourFromNow(), someData); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}
