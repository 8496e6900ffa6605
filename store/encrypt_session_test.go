package store_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// Ensure that a key that is missing is an outage to users, not a logout: their
// sessions are there again when the key is.
func TestSessionsWithoutTheirKey(t *testing.T) {
	t.Parallel()
	const value session.Key[string] = "value"
	inner, older := newMemory(), keyOf(t, "the old key")
	do := func(s store.Store, cookie string, handle func(*session.Session)) *httptest.ResponseRecorder {
		m, err := session.New(session.Options{
			Secrets: []string{"a secret of the tests of stores"}, Store: s, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			handle(session.From(r))
		})).ServeHTTP(w, r)
		return w
	}
	with := store.HashIDs(encrypted(t, inner, older))
	w := do(with, "", func(s *session.Session) { value.Set(s, "kept") })
	cookie := w.Result().Cookies()[0].String()
	for name, handle := range map[string]func(*session.Session){
		"read":  func(s *session.Session) { value.Get(s) },
		"write": func(s *session.Session) { value.Set(s, "lost") },
		"renew": func(s *session.Session) { _ = s.Renew(t.Context()) },
	} {
		w := do(store.HashIDs(encrypted(t, inner, keyOf(t, "the new key"))), cookie, handle)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s without the key: status %d, Set-Cookie %q", name, w.Code, w.Header().Get("Set-Cookie"))
		}
	}
	do(with, cookie, func(s *session.Session) {
		if got := value.Get(s); got != "kept" {
			t.Errorf("with the key: %q, %v", got, s.Err())
		}
	})
}
