package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// A store needs nothing but the path of a file.
func Example() {
	dir, err := os.MkdirTemp("", "sojourn")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	sessions, err := sqlite.Open(filepath.Join(dir, "sessions.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer sessions.Close()

	ctx := context.Background()
	expires := time.Now().Add(24 * time.Hour)
	version, err := sessions.Create(ctx, "an-id", `{"views":1}`, expires)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := sessions.Save(ctx, "an-id", `{"views":2}`, expires, version); err != nil {
		log.Fatal(err)
	}
	_, err = sessions.Save(ctx, "an-id", `{"views":3}`, expires, version)
	fmt.Println(errors.Is(err, store.ErrConflict))

	record, err := sessions.Get(ctx, "an-id")
	fmt.Println(record.Data, err)
	// Output:
	// true
	// {"views":2} <nil>
}

// Sessions and users share one database file and its one connection that
// writes.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "sojourn")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	db, err := sqlite.OpenDB(filepath.Join(dir, "app.db"), sqlite.DBOptions{FullSync: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	sessions, err := sqlite.New(db, sqlite.Options{Table: "web_sessions"})
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	if _, err := db.Writer().ExecContext(ctx, "CREATE TABLE users (name TEXT PRIMARY KEY)"); err != nil {
		log.Fatal(err)
	}
	if _, err := sessions.Create(ctx, "an-id", "{}", time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	var users, open int
	err = db.Reader().QueryRowContext(ctx, "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM web_sessions)").Scan(&users, &open)
	fmt.Println(users, open, err)
	// Output: 0 1 <nil>
}
