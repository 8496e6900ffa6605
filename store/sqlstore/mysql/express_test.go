package mysql_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// The statements of express-mysql-session 3.0.3.
const (
	expressTable = "CREATE TABLE IF NOT EXISTS `sessions` (`session_id` varchar(128) COLLATE utf8mb4_bin NOT NULL, " +
		"`expires` int(11) unsigned NOT NULL, `data` mediumtext COLLATE utf8mb4_bin, PRIMARY KEY (`session_id`)) ENGINE=InnoDB"
	expressSet = "INSERT INTO `sessions` (`session_id`, `expires`, `data`) VALUES (?, ?, ?) " +
		"ON DUPLICATE KEY UPDATE `expires` = VALUES(`expires`), `data` = VALUES(`data`)"
	expressGet = "SELECT `data` AS data, `expires` as expires FROM `sessions` WHERE `session_id` = ?"

	expressData = `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"name":"Zoë 🧳"}`
)

// Ensure that a record of express-mysql-session is read, saved and touched, that what
// is written suits it, and that its blind writes are conflicts of ours.
func TestExpressRecord(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	express := pool(t, url, nil)
	execSQL(t, express, expressTable)
	before := scan[string](t, express, "SELECT CONCAT(table_collation, engine) FROM information_schema.tables WHERE table_name = 'sessions' AND table_schema = DATABASE()")
	s := openAt(t, url, mysql.Options{})
	expires := time.Unix(time.Now().Add(time.Hour).Unix(), 0)
	execSQL(t, express, expressSet, "id", expires.Unix(), expressData)

	r, err := s.Get(t.Context(), "id")
	if err != nil || r.Data != expressData || !r.Expires.Equal(expires) {
		t.Fatalf("got %v, %v", r, err)
	}
	for _, d := range []time.Duration{time.Minute, -time.Minute} {
		if err := s.Touch(t.Context(), "id", expires.Add(d)); err != nil {
			t.Error(err)
		}
	}
	if got := scan[int64](t, express, "SELECT expires FROM sessions"); got != expires.Add(time.Minute).Unix() {
		t.Errorf("expires is %d after two touches", got)
	}
	if _, err := s.Save(t.Context(), "id", "{}", expires.Add(999*time.Millisecond), r.Version); err != nil {
		t.Error(err)
	}
	var data string
	var seconds int64
	if err := express.QueryRow(expressGet, "id").Scan(&data, &seconds); err != nil || data != "{}" || seconds != expires.Unix() {
		t.Errorf("express gets %q, %d, %v", data, seconds, err)
	}
	execSQL(t, express, expressSet, "id", expires.Unix(), expressData)
	if _, err := s.Save(t.Context(), "id", "{}", expires, "{}"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save over what express has written: %v", err)
	}
	execSQL(t, express, "UPDATE sessions SET data = NULL")
	if r, err = s.Get(t.Context(), "id"); err != nil || r.Data != "" || r.Version == "" {
		t.Errorf("NULL is %q, %v", r.Data, err)
	}
	if _, err := s.Save(t.Context(), "id", "{}", expires, r.Version); err != nil {
		t.Error(err)
	}

	if n := scan[int](t, express, "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'sessions' AND table_schema = DATABASE()"); n != 3 {
		t.Errorf("%d columns, want 3", n)
	}
	if after := scan[string](t, express, "SELECT CONCAT(table_collation, engine) FROM information_schema.tables WHERE table_name = 'sessions' AND table_schema = DATABASE()"); after != before {
		t.Errorf("the table is now %s, was %s", after, before)
	}
}

// Ensure that the table we create is the one that express-mysql-session would.
func TestTableOfExpress(t *testing.T) {
	t.Parallel()
	show := func(create func(url string)) string {
		url := shared.Database(t)
		create(url)
		var name, text string
		if err := pool(t, url, nil).QueryRow("SHOW CREATE TABLE sessions").Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	theirs := show(func(url string) { execSQL(t, pool(t, url, nil), expressTable) })
	ours := show(func(url string) { openAt(t, url, mysql.Options{}) })
	if ours != theirs {
		t.Errorf("ours is\n%s\nand theirs\n%s", ours, theirs)
	}
}
