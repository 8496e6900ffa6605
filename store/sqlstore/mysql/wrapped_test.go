package mysql_test

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/storetest"
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

// Ensure that the wrappers keep the contract in a database, alone and together.
func TestWrappedContract(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(t *testing.T, s store.Store) store.Store{
		"HashIDs": func(_ *testing.T, s store.Store) store.Store { return store.HashIDs(s) },
		"Encrypt": func(t *testing.T, s store.Store) store.Store { return encrypted(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store { return wrap(t, open(t)) })
		})
	}
}

// Ensure that the table with both wrappers holds neither ids nor anything of a
// session.
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
			s := open(t)
			secrets := useSessions(t, c.wrap(s))
			id := secrets[len(secrets)-6] // that of the last request
			dump := scan[string](t, s.DB(), "SELECT GROUP_CONCAT(session_id, ' ', data) FROM sessions")
			for _, secret := range append(secrets[len(secrets)-5:], id) {
				if strings.Contains(dump, secret) != c.told {
					t.Errorf("that the table tells %q is %t, want %t", secret, !c.told, c.told)
				}
			}
		})
	}
}

// useSessions serves some requests with the store, and returns what is in them
// that nobody should learn.
func useSessions(t *testing.T, s store.Store) (secrets []string) {
	t.Helper()
	const (
		first  session.Key[string] = "e-mail address"
		second session.Key[string] = "card number"
	)
	m, err := session.New(session.Options{
		Secrets: []string{"a secret of the tests of stores"}, Store: s,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	do := func(cookie string, handle func(*session.Session)) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			handle(s)
			if id := s.ID(); id != "" {
				secrets = append(secrets, id)
			}
		})).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		if set, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";"); set != "" {
			return set
		}
		return cookie
	}
	cookie := do("", func(s *session.Session) { first.Set(s, "ada@example.com") })
	cookie = do(cookie, func(s *session.Session) {
		if err := s.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		second.Set(s, "4111 1111 1111 1111")
	})
	do(cookie, func(s *session.Session) {
		if first.Get(s) != "ada@example.com" || second.Get(s) != "4111 1111 1111 1111" {
			t.Error("the session is not what was stored")
		}
	})
	return append(secrets, "e-mail address", "ada@example.com", "card number", "4111 1111 1111 1111", `"cookie"`)
}
