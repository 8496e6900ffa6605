package mysql_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// shared is the server of the tests that neither stop it nor pause it.
var shared mysqltest.Shared

// TestMain lets the test binary play a second process, and checks after all tests
// that nothing of this package or the driver still runs.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		f.Value.Set("16") // most tests wait, for the server or for the time
	}
	code := m.Run()
	shared.Stop()
	if left := goroutinesLeft(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left after all tests:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// goroutinesLeft returns the stacks of goroutines that hold a connection. Those
// that end on a signal that Close gives get a moment to do so.
func goroutinesLeft() string {
	deadline := time.Now().Add(10 * time.Second)
	for {
		var left []string
		stacks := make([]byte, 1<<20)
		for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if strings.Contains(stack, "database/sql") || strings.Contains(stack, "go-sql-driver") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			return strings.Join(left, "\n\n")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// open opens a store in a new database, closed with the test.
func open(t testing.TB) *mysql.Store {
	t.Helper()
	return openAt(t, shared.Database(t), mysql.Options{})
}

// openAt opens a store and creates its tables.
func openAt(t testing.TB, url string, o mysql.Options) *mysql.Store {
	t.Helper()
	o.CreateTables = true
	s, err := mysql.Open(within(t, patience), url, o)
	if err != nil {
		t.Fatal(err)
	}
	// Tests run side by side and share the server's connections.
	s.DB().SetMaxOpenConns(8)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// pool returns connections as an application would make them.
func pool(t testing.TB, url string, change func(*driver.Config)) *sql.DB {
	t.Helper()
	config, err := mysql.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	config.Logger = &driver.NopLogger{}
	if change != nil {
		change(config)
	}
	connector, err := driver.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { db.Close() })
	return db
}

// execSQL runs a statement as somebody else would.
func execSQL(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// scan reads one row of one column.
func scan[T any](t testing.TB, db *sql.DB, query string, args ...any) (value T) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// within returns a context that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func hourFromNow() time.Time { return time.Now().Add(time.Hour) }

const patience = 30 * time.Second
