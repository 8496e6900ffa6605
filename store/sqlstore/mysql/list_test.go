package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// Ensure that All yields every record that has not expired once, over several pages,
// holds no connection while it yields, and passes over ids that are nobody's; and
// that Count and Clear agree.
func TestAll(t *testing.T) {
	t.Parallel()
	s := openAt(t, shared.Database(t), mysql.Options{SweepBatch: -1})
	fill(t, s, 700)
	for _, foreign := range []string{"with space", "", "é"} {
		execSQL(t, s.DB(), "INSERT INTO sessions VALUES (?, ?, '{}')", foreign, hourFromNow().Unix())
	}
	execSQL(t, s.DB(), "UPDATE sessions SET data = ? WHERE session_id LIKE 'id_1%'", strings.Repeat("x", 1<<16))
	got := map[string]bool{}
	for r, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n := s.DB().Stats().InUse; n != 0 {
			t.Fatalf("%d connections are in use", n)
		}
		if got[r.ID] || !strings.HasPrefix(r.ID, "id") || r.Version == "" {
			t.Errorf("%s: twice, or somebody else's", r.ID)
		}
		got[r.ID] = true
	}
	for i := range 700 {
		if id := fmt.Sprintf("id%03d", i); got[id] != (i%2 == 0) {
			t.Errorf("%s: yielded %t", id, got[id])
		}
	}
	if n, err := s.Count(t.Context()); n != 353 || err != nil {
		t.Errorf("counted %d, %v, want 353", n, err)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Error(err)
	}
	if n := rows(t, s, "sessions"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// Ensure that all sessions of a user are yielded, over several pages, and that
// nothing is held meanwhile.
func TestUserSessionsPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 600 {
		execSQL(t, s.DB(), "INSERT INTO sessions_users VALUES ('ada', ?, ?)", fmt.Sprint("id", i), hourFromNow().UnixMilli())
	}
	n := 0
	for id, err := range s.UserSessions(t.Context(), "ada") {
		if err != nil {
			t.Fatal(err)
		}
		if used := s.DB().Stats().InUse; used != 0 {
			t.Fatalf("%d connections are in use", used)
		}
		if err := s.RemoveUserSession(t.Context(), "ada", id); err != nil {
			t.Fatal(err)
		}
		n++
	}
	if left := rows(t, s, "sessions_users"); n != 600 || left != 0 {
		t.Errorf("%d sessions, %d are left", n, left)
	}
}
