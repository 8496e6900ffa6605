package onsql_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
)

const good = "id VARCHAR(64) PRIMARY KEY, username VARCHAR(1024) NOT NULL, name_key VARCHAR(255) NOT NULL UNIQUE, password VARCHAR(255) NOT NULL"

// Ensure that a table that is there already is used if it can keep accounts, and
// that New says so if it cannot: not the first login, and not by cutting names.
func TestExistingTables(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			mysql := d.options.Dialect == sqlusers.MySQL
			columns := func(replace ...string) string {
				c := strings.NewReplacer(replace...).Replace(good) + ")"
				if mysql {
					c += " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
				}
				return c
			}
			for what, table := range map[string]struct {
				columns string
				fits    bool
			}{
				"just so":                 {columns(), true},
				"with more":               {columns("id VARCHAR", "email VARCHAR(255), logins INTEGER DEFAULT 0, id VARCHAR"), true},
				"of something else":       {"id INTEGER PRIMARY KEY, login VARCHAR(30) NOT NULL)", false},
				"that takes numbers":      {columns("id VARCHAR(64)", "id INTEGER"), false},
				"that takes an e-mail":    {columns("id VARCHAR", "email VARCHAR(255) NOT NULL UNIQUE, id VARCHAR"), false},
				"without a key":           {columns("name_key", "folded"), false},
				"without a unique key":    {columns(" UNIQUE", ""), false},
				"with half a unique key":  {columns(" UNIQUE", "", "password VARCHAR(255) NOT NULL", "password VARCHAR(255) NOT NULL, UNIQUE (name_key, password)"), false},
				"too short":               {columns("name_key VARCHAR(255)", "name_key VARCHAR(100)"), !mysql},
				"that knows no accents":   {good + ") CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", false},
				"that knows not all text": {good + ") CHARACTER SET utf8mb3 COLLATE utf8mb3_bin", false},
			} {
				if strings.HasPrefix(what, "that ") && !mysql {
					continue // there it is a matter of the database, or an error later
				}
				o := d.options
				o.Table = "accounts " + what
				mark := `"`
				if mysql {
					mark = "`"
				}
				if _, err := d.db.ExecContext(within(t), "CREATE TABLE "+mark+o.Table+mark+" ("+table.columns); err != nil {
					t.Fatal(what, err)
				}
				users, err := sqlusers.New(within(t), d.db, o)
				if !table.fits {
					if !errors.Is(err, sqlusers.ErrTable) {
						t.Errorf("a table %s: %v", what, err)
					}
					continue
				}
				if err != nil {
					t.Errorf("a table %s: %v", what, err)
					continue
				}
				ada := auth.Account{Username: "Ada", Key: "ada", Hash: "hash"}
				if ada.ID, err = users.Create(within(t), ada); err != nil {
					t.Errorf("in a table %s: %v", what, err)
				}
				if got, err := users.Find(within(t), "Ada", "ada"); err != nil || got != ada {
					t.Errorf("in a table %s: found %+v, %v", what, got, err)
				}
			}
		})
	}
}

func TestTableNames(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			for table, want := range map[string]error{
				"": nil, "select": nil, "People": nil, "a b": nil, `"; DROP TABLE users; --`: nil, "`": nil, `"`: nil, "?": nil, "é": nil,
				strings.Repeat("a", 63): nil, strings.Repeat("a", 64): sqlusers.ErrTable, "a\x00": sqlusers.ErrTable, "\xff": sqlusers.ErrTable,
			} {
				o := d.options
				o.Table = table
				users, err := sqlusers.New(within(t), d.db, o)
				if !errors.Is(err, want) {
					t.Errorf("a table %q: %v, want %v", table, err, want)
				}
				if err != nil {
					continue
				}
				if _, err := users.Create(within(t), auth.Account{Username: "Ada", Key: "ada", Hash: "hash"}); err != nil {
					t.Errorf("in a table %q: %v", table, err)
				}
			}
		})
	}
}

// Ensure that programs may start at once.
func TestNewAtOnce(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			start := make(chan struct{})
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					<-start
					if _, err := sqlusers.New(within(t), d.db, d.options); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
		})
	}
}
