package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

var errNoID = errors.New("no randomness")

// Without a new id a login fails, also when its handler ignores the error: the
// data must not be stored under the id from before.
func TestNoNewID(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		id     string
		act    action
		status int
		works  int // from which call on an id can be made
		user   string
	}{
		{"new session", "", setUser, 503, 9, "guest"},
		{"new session, save", "", all(setUser, save), 503, 9, "guest"},
		{"renew", "live", all(renew, setUser), 503, 9, "guest"},
		{"regenerate", "live", all(regenerate, setUser), 503, 9, "guest"},
		{"renew, save", "live", all(renew, setUser, save), 503, 9, "guest"},
		{"renew, renew again", "live", all(renew, renew), 200, 1, ""},
		{"renew, save, reload, save", "live", all(renew, setUser, save, reload, save), 200, 9, "guest"},
		{"renew, destroy", "live", all(renew, destroy), 200, 9, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			web := newWeb(t, session.Options{GenerateID: func(*http.Request) (string, error) {
				if calls++; calls <= tc.works {
					return "", errNoID
				}
				return fmt.Sprint("id", calls), nil
			}})
			web.store.plant(t, "live", `,"user":"guest"`)
			resp := web.run(tc.id, func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				if err := tc.act(s, r.Context()); tc.status == http.StatusOK && err != nil {
					t.Error(err)
				}
			})
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
			if got := web.load(t, "live", webUser); got != tc.user {
				t.Errorf("user %q under the id from before, want %q", got, tc.user)
			}
		})
	}
}
