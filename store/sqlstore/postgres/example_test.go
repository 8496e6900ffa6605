package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
)

// A store needs the URL of a database.
func Example() {
	ctx := context.Background()
	sessions, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.Options{CreateTables: true})
	if err != nil {
		log.Fatal(err)
	}
	defer sessions.Close()

	expires := time.Now().Add(24 * time.Hour)
	version, err := sessions.Create(ctx, "an-id", `{"views":1}`, expires)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := sessions.Save(ctx, "an-id", `{"views":2}`, expires, version); err != nil {
		log.Fatal(err)
	}
	_, err = sessions.Save(ctx, "an-id", `{"views":3}`, expires, version)
	fmt.Println(errors.Is(err, store.ErrConflict)) // true
}

// Sessions and everything else share one pool of connections.
func ExampleNew() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	sessions, err := postgres.New(pool, postgres.Options{Schema: "web"})
	if err != nil {
		log.Fatal(err)
	}
	var users int
	if err := pool.QueryRow(ctx, "SELECT count(*) FROM users").Scan(&users); err != nil {
		log.Fatal(err)
	}
	open, err := sessions.Count(ctx)
	fmt.Println(users, open, err)
}

// What works through database/sql shares the connections as well.
func ExampleStore_Pool() {
	sessions, err := postgres.Open(context.Background(), os.Getenv("DATABASE_URL"), postgres.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer sessions.Close()
	db := stdlib.OpenDBFromPool(sessions.Pool())
	defer db.Close() // before the store
	var users int
	err = db.QueryRow("SELECT count(*) FROM users").Scan(&users)
	fmt.Println(users, err)
}
