package onsql_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// The servers of the tests that neither stop nor pause them.
var (
	sharedPostgres pgtest.Shared
	sharedMariaDB  mysqltest.Shared
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		f.Value.Set("8") // most tests wait, for a server
	}
	code := m.Run()
	sharedPostgres.Stop()
	sharedMariaDB.Stop()
	os.Exit(code)
}

const patience = time.Minute

// database is one that accounts can be kept in, with the sessions that share its
// connections.
type database struct {
	db       *sql.DB
	options  sqlusers.Options
	sessions store.Store // nil if no sessions share it
	tables   atomic.Int64
}

// users opens accounts in an empty table.
func (d *database) users(t *testing.T) auth.Accounts {
	t.Helper()
	o := d.options
	if n := d.tables.Add(1); n > 1 { // the first has the default
		o.Table = fmt.Sprintf("User accounts %d", n)
	}
	return d.open(t, o)
}

func (d *database) open(t *testing.T, o sqlusers.Options) *sqlusers.Users {
	t.Helper()
	users, err := sqlusers.New(within(t), d.db, o)
	if err != nil {
		t.Fatal(err)
	}
	return users
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// must returns what cannot go wrong.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// databases are the ways in which accounts are kept, by name.
var databases = map[string]func(*testing.T) *database{
	"SQLite beside sessions": func(t *testing.T) *database {
		file := must(sqlite.OpenDB(filepath.Join(t.TempDir(), "app.db"), sqlite.DBOptions{}))(t)
		t.Cleanup(func() { file.Close() })
		sessions := must(sqlite.New(file, sqlite.Options{}))(t)
		return &database{db: file.Writer(), options: sqlusers.Options{Reader: file.Reader()}, sessions: sessions}
	},
	"PostgreSQL beside sessions": func(t *testing.T) *database { return onPostgres(t, sharedPostgres.Database(t)) },
	"PostgreSQL without prepared statements": func(t *testing.T) *database {
		db := must(sql.Open("pgx", sharedPostgres.Database(t)+"&default_query_exec_mode=exec"))(t)
		t.Cleanup(func() { db.Close() })
		db.SetMaxOpenConns(8)
		return &database{db: db, options: sqlusers.Options{Dialect: sqlusers.PostgreSQL}}
	},
	"MariaDB beside sessions": func(t *testing.T) *database { return onMariaDB(t, sharedMariaDB.Database(t)) },
	"MariaDB with the driver's defaults": func(t *testing.T) *database {
		// Statements are prepared, and rows that an UPDATE finds and does not
		// change are not counted.
		config := must(mysql.ParseURL(sharedMariaDB.Database(t)))(t)
		config.InterpolateParams, config.ClientFoundRows = false, false
		config.Logger = &driver.NopLogger{}
		db := sql.OpenDB(must(driver.NewConnector(config))(t))
		t.Cleanup(func() { db.Close() })
		db.SetMaxOpenConns(8)
		return &database{db: db, options: sqlusers.Options{Dialect: sqlusers.MySQL}}
	},
	"MariaDB that is not strict": func(t *testing.T) *database {
		config := must(mysql.ParseURL(sharedMariaDB.Database(t)))(t)
		config.Params = map[string]string{"sql_mode": "''"}
		config.Logger = &driver.NopLogger{}
		db := sql.OpenDB(must(driver.NewConnector(config))(t))
		t.Cleanup(func() { db.Close() })
		db.SetMaxOpenConns(8)
		return &database{db: db, options: sqlusers.Options{Dialect: sqlusers.MySQL}}
	},
}

func onPostgres(t *testing.T, url string) *database {
	t.Helper()
	sessions := must(postgres.Open(within(t), url, postgres.Options{CreateTables: true}))(t)
	t.Cleanup(func() { sessions.Close() })
	db := stdlib.OpenDBFromPool(sessions.Pool())
	t.Cleanup(func() { db.Close() }) // before the store
	return &database{db: db, options: sqlusers.Options{Dialect: sqlusers.PostgreSQL}, sessions: sessions}
}

func onMariaDB(t *testing.T, url string) *database {
	t.Helper()
	sessions := must(mysql.Open(within(t), url, mysql.Options{CreateTables: true}))(t)
	t.Cleanup(func() { sessions.Close() })
	return &database{db: sessions.DB(), options: sqlusers.Options{Dialect: sqlusers.MySQL}, sessions: sessions}
}
