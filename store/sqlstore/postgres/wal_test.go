package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// Ensure that a touch that does not move the expiry writes nothing at all, that one
// that does costs less than a save, and that it updates in place (HOT) only in a
// table without an index on the expiry. The figures are those of docs/postgres.md.
func TestWriteAheadBytes(t *testing.T) {
	t.Parallel()
	// What is written in the background does not count: no vacuum, and no pages
	// in full, which only the first change after a checkpoint causes.
	server := pgtest.Start(t, "autovacuum=off", "full_page_writes=off", "checkpoint_timeout=1h")
	for name, statement := range map[string]string{
		"as connect-pg-simple has it":          "SELECT",
		"without index, fillfactor 70":         `DROP INDEX "IDX_session_expire"; ALTER TABLE session SET (fillfactor = 70)`,
		"without index, fillfactor as it was":  `DROP INDEX "IDX_session_expire"`,
		"with index, and fillfactor 70 for it": "ALTER TABLE session SET (fillfactor = 70)",
	} {
		url := server.Database(t, strings.NewReplacer(" ", "", ",", "", "-", "").Replace(name))
		s := openAt(t, url, postgres.Options{CreateTables: true, SweepBatch: -1})
		for part := range strings.SplitSeq(statement, ";") {
			pgtest.Exec(t, url, part)
		}
		const n = 500
		data := func(x string) string { return `{"s":"` + strings.Repeat(x, 584) + `"}` }
		expires := hourFromNow()
		admin := connect(t, url)
		position := func() (bytes int) {
			if err := admin.QueryRow(t.Context(), "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").Scan(&bytes); err != nil {
				t.Fatal(err)
			}
			return bytes
		}
		each := map[string]int{}
		for _, op := range []struct {
			name string
			call func(id string) error
		}{
			{"create", func(id string) error { _, err := s.Create(t.Context(), id, data("x"), expires); return err }},
			{"touch", func(id string) error { return s.Touch(t.Context(), id, expires.Add(time.Minute)) }},
			{"idle touch", func(id string) error { return s.Touch(t.Context(), id, expires.Add(time.Minute)) }},
			{"save", func(id string) error {
				_, err := s.Save(t.Context(), id, data("y"), expires.Add(time.Hour), store.Version(data("x")))
				return err
			}},
			{"delete", func(id string) error { return s.Delete(t.Context(), id, "") }},
		} {
			if op.name == "idle touch" {
				execOn(t, admin, "VACUUM session") // as who reads a page may tidy it up
			}
			before := position()
			for i := range n {
				if err := op.call(fmt.Sprintf("%032d", (i*211)%n)); err != nil {
					t.Fatal(err)
				}
			}
			each[op.name] = (position() - before) / n
		}
		// The statistics of a connection arrive when it ends.
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var updates, hot int
		server.WaitFor(t, "the statistics are there", func() bool {
			updates = pgtest.Value[int](t, url, "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'session'")
			hot = pgtest.Value[int](t, url, "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'session'")
			return updates == 2*n
		})
		t.Logf("%s: bytes for each %v; %d of %d updates in place", name, each, hot, updates)
		if each["idle touch"] != 0 || each["touch"] == 0 {
			t.Errorf("%s: a touch writes %d bytes, and %d if it moves nothing", name, each["touch"], each["idle touch"])
		}
		if strings.HasPrefix(name, "without") != (hot > n) {
			t.Errorf("%s: %d of %d updates in place", name, hot, updates)
		}
	}
}
