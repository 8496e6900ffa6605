package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// nodeTable is how connect-sqlite3 makes its table.
const nodeTable = "CREATE TABLE IF NOT EXISTS sessions (sid PRIMARY KEY, expired, sess)"

const nodeData = `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"views":1}`

// Ensure that a record of connect-sqlite3, with a real number for its expiry,
// is read, saved and touched, and that what is written suits Node: no other
// column, an integer, text.
func TestNodeRecord(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions")
	node := openRaw(t, path)
	execSQL(t, node, nodeTable)
	s := openAt(t, path)
	for id, data := range map[string]any{"text": nodeData, "blob": []byte(nodeData)} {
		expires := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
		execSQL(t, node, "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)", id, float64(expires.UnixMilli()), data)

		r, err := s.Get(t.Context(), id)
		if err != nil || r.Data != nodeData || !r.Expires.Equal(expires) {
			t.Errorf("%s: got %v, %v", id, r, err)
		}
		for _, d := range []time.Duration{time.Minute, -time.Minute} {
			if err := s.Touch(t.Context(), id, expires.Add(d)); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		if got := scan[float64](t, node, "SELECT expired FROM sessions WHERE sid = ?", id); got != float64(expires.Add(time.Minute).UnixMilli()) {
			t.Errorf("%s: expired is %f after two touches", id, got)
		}
		if _, err := s.Save(t.Context(), id, "{}", expires, r.Version); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		types := scan[string](t, node, "SELECT typeof(sid) || typeof(expired) || typeof(sess) FROM sessions WHERE sid = ?", id)
		if types != "textintegertext" {
			t.Errorf("%s: stored as %s", id, types)
		}
		if _, err := s.Save(t.Context(), id, "{}", expires, r.Version); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: second save: %v", id, err)
		}
	}
	if n := scan[int](t, node, "SELECT count(*) FROM pragma_table_info('sessions')"); n != 3 {
		t.Errorf("%d columns, want 3", n)
	}
}

// Ensure that an expiry of Node's own ends a record, that one which is not a
// number does not make it immortal, and that such a record can be replaced.
func TestNodeExpiry(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions")
	s := openAt(t, path)
	node := openRaw(t, path)
	for id, expired := range map[string]any{
		"real": float64(time.Now().UnixMilli() - 1),
		"text": "never", "date": "2999-01-01T00:00:00.000Z", "null": nil,
	} {
		execSQL(t, node, "INSERT INTO sessions VALUES (?, ?, '{}')", id, expired)
		if _, err := s.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: get: %v", id, err)
		}
		if _, err := s.Save(t.Context(), id, "{}", hourFromNow(), "{}"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: save: %v", id, err)
		}
		if _, err := s.Create(t.Context(), id, "{}", hourFromNow()); err != nil {
			t.Errorf("%s: create: %v", id, err)
		}
	}
	if n, err := s.Count(t.Context()); n != 4 || err != nil {
		t.Errorf("counted %d, %v, want 4", n, err)
	}
}
