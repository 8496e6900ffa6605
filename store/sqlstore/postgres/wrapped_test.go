package postgres_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// encrypted is Encrypt with a key of the test's own.
func encrypted(t testing.TB, s store.Store) store.Store {
	t.Helper()
	random := make([]byte, store.KeySize)
	rand.Read(random)
	k, err := store.NewKey(random)
	if err != nil {
		t.Fatal(err)
	}
	s, err = store.Encrypt(s, k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Ensure that the tables of a store with both wrappers hold neither ids nor
// anything of a session.
func TestWrappedDump(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrap func(store.Store) store.Store
		told bool
	}{
		"unwrapped":          {func(s store.Store) store.Store { return s }, true},
		"HashIDs of Encrypt": {func(s store.Store) store.Store { return store.HashIDs(encrypted(t, s)) }, false},
		"Encrypt of HashIDs": {func(s store.Store) store.Store { return encrypted(t, store.HashIDs(s)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := open(t)
			wrapped := c.wrap(s)
			if _, err := wrapped.Create(t.Context(), "secretid", `{"e-mail":"ada@example.com"}`, hourFromNow()); err != nil {
				t.Fatal(err)
			}
			if err := wrapped.(store.UserIndex).AddUserSession(t.Context(), "ada", "secretid", hourFromNow()); err != nil {
				t.Fatal(err)
			}
			dump := pgtest.Value[string](t, url, "SELECT string_agg(s::text || u::text, '') FROM session AS s, session_users AS u")
			for _, secret := range []string{"secretid", "e-mail", "ada@example.com"} {
				if strings.Contains(dump, secret) != c.told {
					t.Errorf("that the tables tell %q is %t, want %t", secret, !c.told, c.told)
				}
			}
		})
	}
}
