package pgtest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Exec executes a statement on a connection of its own, outside of a transaction.
// An error fails the test.
func Exec(t testing.TB, url, query string, args ...any) {
	t.Helper()
	withConn(t, url, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, query, args...)
		return err
	})
}

// Value returns the one value of the one row that a query returns, on a connection
// of its own. An error fails the test.
func Value[T any](t testing.TB, url, query string, args ...any) (value T) {
	t.Helper()
	withConn(t, url, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, query, args...).Scan(&value)
	})
	return value
}

func withConn(t testing.TB, url string, f func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if err := f(ctx, c); err != nil {
		t.Fatal(err)
	}
}

// WaitFor waits until a condition holds, and fails the test if it never does.
func (s *Server) WaitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
