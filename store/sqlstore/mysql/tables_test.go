package mysql_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// Ensure that a table which would shorten, change or confuse what is put into it is
// refused, and one that would not is taken.
func TestColumns(t *testing.T) {
	t.Parallel()
	const id, expires, data = "varchar(128) COLLATE utf8mb4_bin PRIMARY KEY", "int unsigned NOT NULL", "mediumtext COLLATE utf8mb4_bin"
	tests := map[string]struct{ id, expires, data, want string }{
		"as express has it": {id, expires, data, ""},
		"larger":            {"varbinary(200) PRIMARY KEY", "bigint NOT NULL", "longtext COLLATE utf8mb4_general_ci", ""},
		"bytes":             {"varchar(128) CHARACTER SET ascii COLLATE ascii_bin UNIQUE", "int", "longblob", ""},
		"short ids":         {"varchar(64) COLLATE utf8mb4_bin PRIMARY KEY", expires, data, "tell apart"},
		"case of ids":       {"varchar(128) COLLATE utf8mb4_general_ci PRIMARY KEY", expires, data, "tell apart"},
		"no key":            {"varchar(128) COLLATE utf8mb4_bin", expires, data, "unique"},
		"a key of two":      {"varchar(128) COLLATE utf8mb4_bin, KEY (session_id, expires)", expires, data, "unique"},
		"a primary of two":  {"varchar(128) COLLATE utf8mb4_bin, PRIMARY KEY (session_id, expires)", expires, data, "unique"},
		"a date":            {id, "datetime", data, "expiry"},
		"short data":        {id, expires, "varchar(1000) COLLATE utf8mb4_bin", "as it is"},
		"other characters":  {id, expires, "mediumtext CHARACTER SET latin1", "as it is"},
		"three bytes":       {id, expires, "mediumtext CHARACTER SET utf8mb3", "as it is"},
		"no such column":    {id, expires, "mediumtext COLLATE utf8mb4_bin, DROP COLUMN data", "lacks a column"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pool(t, shared.Database(t), nil)
			dataColumn, rest, _ := strings.Cut(test.data, ", DROP")
			execSQL(t, db, "CREATE TABLE sessions (session_id "+test.id+", expires "+test.expires+", data "+dataColumn+")")
			if rest != "" {
				execSQL(t, db, "ALTER TABLE sessions DROP"+rest)
			}
			s, err := mysql.New(db, mysql.Options{CreateTables: true})
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, content := range []string{expressData, ""} {
				long := strings.Repeat("x", store.MaxIDLength-len(content)%2)
				v, err := s.Create(t.Context(), long, content, hourFromNow())
				if err != nil {
					t.Fatal(err)
				}
				if r, err := s.Get(t.Context(), long); err != nil || r.Data != content || r.Version != v {
					t.Errorf("%q, %v", r.Data, err)
				}
			}
		})
	}
}

// Ensure that data which do not fit are refused and never cut off, and that all that
// is UTF-8 fits, on a server that is not strict.
func TestDataNotStrict(t *testing.T) {
	t.Parallel()
	db := pool(t, shared.Database(t), func(c *driver.Config) { c.Params = map[string]string{"sql_mode": "''"} })
	execSQL(t, db, "CREATE TABLE sessions (session_id varchar(128) COLLATE utf8mb4_bin PRIMARY KEY, expires int unsigned, data text COLLATE utf8mb4_bin)")
	s, err := mysql.New(db, mysql.Options{CreateTables: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"empty": "", "zero": "\x00", "zero-and-more": "\x00{}\x00", "spaces": "  ", "four-bytes": "🧳", "not-a-character": "\U0010ffff\ufffe",
		"as-long-as-can-be": strings.Repeat("é", 1<<15-1) + "x",
	} {
		v, err := s.Create(t.Context(), name, data, hourFromNow())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r, err := s.Get(t.Context(), name); err != nil || r.Data != data || r.Version != v {
			t.Errorf("%s: %d bytes, %v", name, len(r.Data), err)
		}
		if _, err := s.Save(t.Context(), name, data, hourFromNow(), v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := s.Create(t.Context(), "id", "{}", hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"long": strings.Repeat("x", 1<<16), "invalid": "s3cr3t \xff", "surrogate": "\xed\xa0\x80"} {
		_, createErr := s.Create(t.Context(), "other", data, hourFromNow())
		_, saveErr := s.Save(t.Context(), "id", data, hourFromNow(), v)
		for _, err := range []error{createErr, saveErr} {
			if !errors.Is(err, mysql.ErrData) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n := scan[int](t, db, "SELECT COUNT(*) FROM sessions WHERE session_id = 'other' OR session_id = 'id' AND data <> '{}'"); n != 0 {
		t.Error("something was stored")
	}
	// Instants that the column cannot hold.
	for at, want := range map[time.Time]int64{time.Unix(-1, 0): 0, {}: 0, time.Unix(1<<32-1, 0): 1<<32 - 1, time.Unix(1<<33, 0): 1<<32 - 1} {
		if v, err = s.Save(t.Context(), "id", "{}", at, v); err != nil {
			t.Fatal(err)
		}
		if got := scan[int64](t, db, "SELECT expires FROM sessions WHERE session_id = 'id'"); got != want {
			t.Errorf("%v is %d", at, got)
		}
		execSQL(t, db, "UPDATE sessions SET expires = ? WHERE session_id = 'id'", hourFromNow().Unix())
	}
}

// Ensure that connections which would lose or change what is stored are refused.
func TestConnections(t *testing.T) {
	t.Parallel()
	for want, param := range map[string][2]string{"autocommit": {"autocommit", "0"}, "utf8mb4": {"character_set_client", "latin1"}} {
		db := pool(t, shared.Database(t), func(c *driver.Config) { c.Params = map[string]string{param[0]: param[1]} })
		if _, err := mysql.New(db, mysql.Options{CreateTables: true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Ensure that options which cannot be are refused, and that a missing table is an
// error unless it is to be created.
func TestOptions(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	for want, o := range map[string]mysql.Options{
		"Options.Table has 54 characters":      {Table: strings.Repeat("é", 54)},
		"Options.IDColumn is not UTF-8":        {IDColumn: "\xff"},
		"Options.DataColumn ends with a space": {DataColumn: "a "},
		"Options.ExpiresColumn has a char":     {ExpiresColumn: "🧳"},
		"the same name":                        {IDColumn: "DATA"},
		"Options.SweepInterval is negative":    {SweepInterval: -1},
		"no such table":                        {Table: "other"},
	} {
		if _, err := mysql.Open(within(t, patience), url, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	openAt(t, url, mysql.Options{Table: strings.Repeat("é", 53)})
}

// Ensure that a user who may not create tables uses those that are there, and is
// told what is missing.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	admin := pool(t, url, nil)
	database := scan[string](t, admin, "SELECT DATABASE()")
	user := "u" + database[len(database)-8:]
	execSQL(t, admin, "CREATE USER "+user+"@'%' IDENTIFIED BY 'swordfish'")
	t.Cleanup(func() { admin.Exec("DROP USER " + user + "@'%'") })
	execSQL(t, admin, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+database+".* TO "+user+"@'%'")
	_, at, _ := strings.Cut(url, "@")
	theirs := "mysql://" + user + ":swordfish@" + at
	_, err := mysql.Open(within(t, patience), theirs, mysql.Options{CreateTables: true})
	if err == nil || !strings.Contains(err.Error(), "privilege") || strings.Contains(err.Error(), user) {
		t.Error(err)
	}
	openAt(t, url, mysql.Options{})
	s := openAt(t, theirs, mysql.Options{})
	if _, err := s.Create(t.Context(), "id", "{}", hourFromNow()); err != nil {
		t.Error(err)
	}
	for url, want := range map[string]string{
		strings.Replace(theirs, "swordfish", "hunter2", 1): "refuses the user or the password",
		strings.Replace(theirs, database, "mysql", 1):      "may not use the database",
		strings.Replace(url, database, "sojourn_none", 1):  "no such database",
	} {
		_, err := mysql.Open(within(t, patience), url, mysql.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), user) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
