package sqlusers_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/authtest"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
)

func open(t *testing.T, path string) (*sqlusers.Users, *sql.DB) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	users, err := sqlusers.New(t.Context(), db, sqlusers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return users, db
}

func TestContract(t *testing.T) {
	t.Parallel()
	authtest.Run(t, func(t *testing.T) auth.Accounts {
		users, db := open(t, filepath.Join(t.TempDir(), "users.db"))
		db.SetMaxOpenConns(1) // SQLite has one writer
		return users
	})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "users.db")
	users, db := open(t, path)
	ctx := t.Context()
	ada := auth.Account{Username: "Ada", Key: "ada", Hash: "first"}
	id, err := users.Create(ctx, ada)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := users.Create(ctx, auth.Account{Username: "ADA", Key: "ada", Hash: "other"}); !errors.Is(err, auth.ErrNameTaken) || other != "" {
		t.Errorf("the same key again: %v", err)
	}
	ada.ID = id
	if got, err := users.Find(ctx, "ada", "ada"); err != nil || got != ada {
		t.Errorf("found %v, %v", got.User(), err)
	}
	if _, err := users.Find(ctx, "Ada", "Ada"); !errors.Is(err, auth.ErrNoAccount) {
		t.Errorf("a key that nobody has: %v", err)
	}
	if got, err := users.FindID(ctx, id); err != nil || got != ada {
		t.Errorf("found %v by id, %v", got.User(), err)
	}
	if _, err := users.FindID(ctx, "ada"); !errors.Is(err, auth.ErrNoAccount) {
		t.Errorf("an id that nobody has: %v", err)
	}

	for _, test := range []struct {
		id, old string
		want    error
	}{{id, "wrong", auth.ErrNoAccount}, {"wrong", "first", auth.ErrNoAccount}, {id, "first", nil}, {id, "first", auth.ErrNoAccount}} {
		if err := users.ReplaceHash(ctx, test.id, test.old, "second"); !errors.Is(err, test.want) {
			t.Errorf("replacing %q: %v", test.old, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	users, _ = open(t, path) // the table is there already
	if got, err := users.Find(ctx, "ada", "ada"); err != nil || got.Hash != "second" {
		t.Errorf("after reopening: %v, %v", got.User(), err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	users, db := open(t, filepath.Join(t.TempDir(), "users.db"))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := users.Find(ended, "ada", "ada"); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	db.Close()
	_, createErr := users.Create(t.Context(), auth.Account{Key: "ada"})
	_, findErr := users.Find(t.Context(), "ada", "ada")
	_, findIDErr := users.FindID(t.Context(), "1")
	replaceErr := users.ReplaceHash(t.Context(), "1", "a", "b")
	for _, err := range []error{createErr, findErr, findIDErr, replaceErr} {
		if err == nil || errors.Is(err, auth.ErrNoAccount) || errors.Is(err, auth.ErrNameTaken) {
			t.Errorf("with a closed database: %v", err)
		}
	}
	if _, err := sqlusers.New(t.Context(), db, sqlusers.Options{}); err == nil {
		t.Error("New with a closed database succeeded")
	}
}
