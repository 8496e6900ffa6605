package auth_test

import (
	"net/http"
	"testing"
)

func TestBusy(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	s.browser(t).enter("/register", "Ada")
	release := s.auth.OccupyHashers(t.Context())
	for path, name := range map[string]string{"/login": "Ada", "/register": "Eve"} {
		if resp := s.browser(t).post(path, "username", name, "password", password); resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s while all hashers are busy: %s", path, resp.Status)
		}
	}
	release()
	s.browser(t).enter("/login", "Ada")
	s.browser(t).enter("/register", "Eve")
}
