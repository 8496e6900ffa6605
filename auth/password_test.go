package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
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

// Ensure that an unknown user costs the work of a known one. The dummy hash
// is what this finds missing: without it the factor is in the hundreds.
func TestSameWork(t *testing.T) {
	users, _ := openUsers(t)
	a, err := auth.New(auth.Options{Accounts: users, Cost: 6, LoginRate: auth.Rate{Free: auth.Unlimited}})
	if err != nil {
		t.Fatal(err)
	}
	r := requestWithoutSession(t)
	if err := a.CreateAccount(r, auth.Credentials{Username: "Ada", Password: password}); err != nil {
		t.Fatal(err)
	}
	median := func(name string) time.Duration {
		var took []time.Duration
		for range 7 {
			start := time.Now()
			_, err := a.Login(httptest.NewRecorder(), r, auth.Credentials{Username: name, Password: "wrong password"})
			took = append(took, time.Since(start))
			if !errors.Is(err, auth.ErrCredentials) {
				t.Fatal(err)
			}
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	known, unknown, impossible := median("Ada"), median("Eve"), median("a\nb")
	if unknown < known/3 || unknown > known*3 || impossible < known/3 {
		t.Errorf("known user %v, unknown user %v, impossible name %v", known, unknown, impossible)
	}
}
