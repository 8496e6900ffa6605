package mysql_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// Ensure that a touch which does not move the expiry writes nothing at all, and that
// one that does costs much less than a save. The figures are those of docs/mysql.md.
func TestRedoLogBytes(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	url := server.Database(t)
	s := openAt(t, url, mysql.Options{SweepBatch: -1})
	other := pool(t, url, nil)
	const n = 500
	data := func(x string) string { return `{"s":"` + strings.Repeat(x, 584) + `"}` }
	expires := hourFromNow()
	versions := map[string]store.Version{}
	each := map[string]int{}
	for _, op := range []struct {
		name string
		call func(id string) error
	}{
		{"create", func(id string) (err error) {
			versions[id], err = s.Create(t.Context(), id, data("x"), expires)
			return err
		}},
		{"touch", func(id string) error { return s.Touch(t.Context(), id, expires.Add(time.Minute)) }},
		{"idle touch", func(id string) error { return s.Touch(t.Context(), id, expires.Add(time.Minute)) }},
		{"save", func(id string) error {
			_, err := s.Save(t.Context(), id, data("y"), expires.Add(time.Hour), versions[id])
			return err
		}},
		{"delete", func(id string) error { return s.Delete(t.Context(), id, "") }},
	} {
		before := settledLog(t, other)
		for i := range n {
			if err := op.call(fmt.Sprintf("%032d", (i*211)%n)); err != nil {
				t.Fatal(err)
			}
		}
		each[op.name] = (settledLog(t, other) - before) / n
	}
	t.Logf("bytes for each %v", each)
	// What the server does in the background is shared out among the operations.
	if each["idle touch"] > 20 || each["touch"] == 0 || each["touch"] > each["save"]/2 {
		t.Errorf("a touch writes %d bytes, %d if it moves nothing, and a save %d", each["touch"], each["idle touch"], each["save"])
	}
}

// settledLog returns the position in the redo log once nothing moves it any more:
// what deletes and updates leave behind is purged later.
func settledLog(t *testing.T, db *sql.DB) int {
	t.Helper()
	var last int
	still := 0
	waitFor(t, "the redo log rests", func() bool {
		var name string
		var at int
		if err := db.QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Innodb_lsn_current'").Scan(&name, &at); err != nil {
			t.Fatal(err)
		}
		if still++; at != last {
			still, last = 0, at
		}
		return still >= 20
	})
	return last
}
