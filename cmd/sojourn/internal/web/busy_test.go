package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

// Ensure that who finds the hashers busy can try again without typing the
// name again.
func TestBusy(t *testing.T) {
	t.Parallel()
	s := &site{log: slog.New(slog.DiscardHandler), pages: parsePages()}
	sessions, err := session.New(session.Options{Secrets: []string{"a secret of the tests, not short"}})
	if err != nil {
		t.Fatal(err)
	}
	login := s.takeEntrance(entrance{page: "login", title: "Log in", enter: func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error) {
		return auth.User{}, auth.ErrBusy
	}})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", strings.NewReader("username=Ada&password=horse"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	sessions.Handler(login).ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `value="Ada"`) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
