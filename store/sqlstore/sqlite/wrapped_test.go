package sqlite_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
		"HashIDs":            func(_ *testing.T, s store.Store) store.Store { return store.HashIDs(s) },
		"Encrypt":            func(t *testing.T, s store.Store) store.Store { return encrypted(t, s) },
		"HashIDs of Encrypt": func(t *testing.T, s store.Store) store.Store { return store.HashIDs(encrypted(t, s)) },
		"Encrypt of HashIDs": func(t *testing.T, s store.Store) store.Store { return encrypted(t, store.HashIDs(s)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The suite alone is run with more.
			storetest.RunWith(t, storetest.Options{Records: 1000}, func(t *testing.T) store.Store { return wrap(t, open(t)) })
		})
	}
}

// Ensure that the files of a database with both wrappers hold neither ids nor
// anything of a session, not even what is left of earlier states.
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
			path := filepath.Join(t.TempDir(), "sessions.db")
			s := openAt(t, path)
			secrets := useSessions(t, c.wrap(s))
			dumps := map[string][]byte{}
			for _, suffix := range []string{"", "-wal"} {
				dumps["open"] = append(dumps["open"], readFile(t, path+suffix)...)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			dumps["closed"] = readFile(t, path)
			for when, dump := range dumps {
				for _, secret := range secrets {
					if bytes.Contains(dump, []byte(secret)) != c.told {
						t.Errorf("%s: that the file tells %q is %t, want %t", when, secret, !c.told, c.told)
					}
				}
			}
		})
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	return b
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
