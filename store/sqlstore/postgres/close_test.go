package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
)

// Ensure that Close can be called again and makes the other methods fail.
func TestClose(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	_, getErr := s.Get(t.Context(), "id")
	_, createErr := s.Create(t.Context(), "id", "{}", hourFromNow())
	_, saveErr := s.Save(t.Context(), "id", "{}", hourFromNow(), "{}")
	_, countErr := s.Count(t.Context())
	_, notBeforeErr := s.NotBefore(t.Context(), "ada")
	var listErr, userErr error
	for _, listErr = range s.All(t.Context()) {
	}
	for _, userErr = range s.UserSessions(t.Context(), "ada") {
	}
	errs := map[string]error{
		"get": getErr, "create": createErr, "save": saveErr, "count": countErr, "list": listErr,
		"not before": notBeforeErr, "user sessions": userErr,
		"add user session":    s.AddUserSession(t.Context(), "ada", "id", hourFromNow()),
		"remove user session": s.RemoveUserSession(t.Context(), "ada", "id"),
		"set not before":      s.SetNotBefore(t.Context(), "ada", hourFromNow(), time.Time{}),
		"touch":               s.Touch(t.Context(), "id", hourFromNow()),
		"delete":              s.Delete(t.Context(), "id", ""),
		"clear":               s.Clear(t.Context()),
	}
	for name, err := range errs {
		if want := "postgres: " + name + ": store is closed"; !errors.Is(err, postgres.ErrClosed) || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// Ensure that what works through database/sql can share the store's connections.
func TestSharedPool(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	db := stdlib.OpenDBFromPool(s.Pool())
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE users (name text)"); err != nil {
		t.Error(err)
	}
	created(t, s)
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM session").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d sessions, %v", n, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "id"); err != nil {
		t.Errorf("after the database was closed: %v", err)
	}
}
