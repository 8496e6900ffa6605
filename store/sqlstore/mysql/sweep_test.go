package mysql_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// fill puts records straight into the table, of which every second has expired.
func fill(t testing.TB, s *mysql.Store, n int) {
	t.Helper()
	for i := range n {
		expires := hourFromNow()
		if i%2 == 1 {
			expires = time.Now().Add(-time.Second)
		}
		execSQL(t, s.DB(), "INSERT INTO sessions VALUES (?, ?, '{}')", fmt.Sprintf("id%03d", i), expires.Unix())
	}
}

func rows(t testing.TB, s *mysql.Store, table string) int {
	t.Helper()
	return scan[int](t, s.DB(), "SELECT COUNT(*) FROM "+table)
}

// write is a write that changes nothing.
func write(t testing.TB, s *mysql.Store) {
	t.Helper()
	if err := s.Delete(t.Context(), "zzz", ""); err != nil {
		t.Fatal(err)
	}
}

// Ensure that writes go through the table a few rows at a time and then through the
// hints, delete what has expired and nothing else, and then begin again.
func TestSweep(t *testing.T) {
	t.Parallel()
	const batch = 10
	s := openAt(t, shared.Database(t), mysql.Options{SweepBatch: batch, SweepInterval: time.Nanosecond})
	for round := range 2 {
		fill(t, s, 35)
		for i := range 25 {
			expires := time.Now().Add(-time.Second)
			if i == 0 {
				expires = hourFromNow()
			}
			execSQL(t, s.DB(), "INSERT INTO sessions_users VALUES ('ada', ?, ?)", fmt.Sprint("id", i), expires.UnixMilli())
		}
		for i, want := range []struct{ records, hints int }{
			{30, 25}, {25, 25}, {20, 25}, {18, 25}, // the last step is not full
			{18, 15}, {18, 5}, {18, 1},
		} {
			write(t, s)
			if records, hints := rows(t, s, "sessions"), rows(t, s, "sessions_users"); records != want.records || hints != want.hints {
				t.Errorf("round %d, after write %d: %d records and %d hints, want %+v", round, i, records, hints, want)
			}
		}
		execSQL(t, s.DB(), "DELETE FROM sessions")
		execSQL(t, s.DB(), "DELETE FROM sessions_users")
	}
}

// Ensure that no write sweeps before it is time, or if told not to.
func TestSweepNotDue(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]mysql.Options{"default": {}, "hour": {SweepInterval: time.Hour}, "off": {SweepBatch: -1, SweepInterval: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openAt(t, shared.Database(t), o)
			fill(t, s, 20)
			for range 10 {
				write(t, s)
			}
			if n := rows(t, s, "sessions"); n != 20 {
				t.Errorf("%d rows are left of 20", n)
			}
		})
	}
}

// Ensure that one process deletes at a time, that a write does not wait for another,
// and that no lock stays with a connection of the pool.
func TestSweepAlone(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	s := openAt(t, url, mysql.Options{SweepBatch: 100, SweepInterval: time.Nanosecond})
	fill(t, s, 20)
	const name = "CONCAT('sojourn-', SHA1(CONCAT(DATABASE(), '/sessions')))"
	other := pool(t, url, nil)
	other.SetMaxOpenConns(1)
	if got := scan[int](t, other, "SELECT GET_LOCK("+name+", 0)"); got != 1 {
		t.Fatal("the lock is not to be had")
	}
	for range 3 {
		write(t, s)
	}
	if n := rows(t, s, "sessions"); n != 20 {
		t.Errorf("%d rows are left of 20 while another sweeps", n)
	}
	if got := scan[int](t, other, "SELECT RELEASE_LOCK("+name+")"); got != 1 {
		t.Fatal("the lock was lost")
	}
	write(t, s)
	if n := rows(t, s, "sessions"); n != 10 {
		t.Errorf("%d rows are left, want 10", n)
	}
	if holder := scan[sql.NullInt64](t, other, "SELECT IS_USED_LOCK("+name+")"); holder.Valid {
		t.Error("the lock is still held")
	}
}

// Ensure that a sweep that cannot be done is no error of the write, and is done
// later.
func TestSweepFails(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	s := openAt(t, url, mysql.Options{SweepBatch: 100, SweepInterval: time.Nanosecond})
	fill(t, s, 20)
	tx, err := pool(t, url, nil).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec("SELECT * FROM sessions WHERE session_id = 'id001' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	write(t, s)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the write took %v", took)
	}
	tx.Rollback()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for rows(t, s, "sessions") != 10 && ctx.Err() == nil {
		write(t, s)
	}
	if n := rows(t, s, "sessions"); n != 10 {
		t.Errorf("%d rows are left, want 10", n)
	}
}
