package authtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// loginChecks have an Authenticator at work on the accounts.
var loginChecks = []check{
	{"LoginsWork", loginsWork},
	{"RegisterRacesRegister", registerRacesRegister},
	{"PasswordChangesRace", passwordChangesRace},
}

const password = "correct horse"

// site is an application without pages.
type site struct {
	*auth.Authenticator
	sessions *session.Manager
}

func newSite(t *testing.T, accounts auth.Accounts) *site {
	t.Helper()
	a, err := auth.New(auth.Options{
		Accounts: accounts, Timeout: patience, Cost: 4, MaxQueued: 1000, LoginRate: auth.Rate{Free: auth.Unlimited},
	})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Options{
		Secrets: []string{"a secret of the tests, not short"}, Store: memory.New(memory.Options{}), StoreTimeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &site{a, sessions}
}

// visitor keeps the cookie of a session.
type visitor struct {
	site   *site
	cookie string
}

// visit has f serve a request of the visitor's.
func (v *visitor) visit(t *testing.T, f func(http.ResponseWriter, *http.Request) error) (err error) {
	r := httptest.NewRequestWithContext(bounded(t), http.MethodPost, "/", nil)
	r.Header.Set("Cookie", v.cookie)
	w := httptest.NewRecorder()
	v.site.sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { err = f(w, r) })).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookie = c.Name + "=" + c.Value
	}
	return err
}

func (v *visitor) register(t *testing.T, name, password string) error {
	return v.visit(t, func(w http.ResponseWriter, r *http.Request) error {
		_, err := v.site.Register(w, r, auth.Credentials{Username: name, Password: password})
		return err
	})
}

func (v *visitor) login(t *testing.T, name, password string) (u auth.User, err error) {
	err = v.visit(t, func(w http.ResponseWriter, r *http.Request) error {
		u, err = v.site.Login(w, r, auth.Credentials{Username: name, Password: password})
		return err
	})
	return u, err
}

func (v *visitor) change(t *testing.T, current, replacement string) error {
	return v.visit(t, func(w http.ResponseWriter, r *http.Request) error {
		return v.site.ChangePassword(w, r, current, replacement)
	})
}

func loginsWork(t *testing.T, accounts auth.Accounts) {
	s := newSite(t, accounts)
	ada := &visitor{site: s}
	if err := ada.register(t, "Ada", password); err != nil {
		t.Fatalf("registering: %v", err)
	}
	if _, err := (&visitor{site: s}).login(t, "Ada", password); err != nil {
		t.Errorf("logging in: %v", err)
	}
	if err := ada.change(t, password, "battery staple"); err != nil {
		t.Errorf("changing the password: %v", err)
	}
	stored, err := accounts.Find(bounded(t), "Ada", "ada")
	if err != nil {
		t.Fatalf("Find: %v", err)
	}
	for name, want := range map[string]error{"Ada": nil, " ada": nil, "ＡＤＡ": nil, "Eve": auth.ErrCredentials, "a\x00\xff": auth.ErrCredentials} {
		u, err := (&visitor{site: s}).login(t, name, "battery staple")
		if !errors.Is(err, want) || err == nil && u != stored.User() {
			t.Errorf("a login as %+q: %v, %v; want %v", name, u, err, want)
		}
	}
	if _, err := (&visitor{site: s}).login(t, "Ada", password); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("a login with the old password: %v", err)
	}
	for _, name := range []string{"Ada", "ADA"} {
		if err := (&visitor{site: s}).register(t, name, password); !errors.Is(err, auth.ErrNameTaken) {
			t.Errorf("registering %s beside Ada: %v", name, err)
		}
	}
	wantAccount(t, accounts, stored)
}

func registerRacesRegister(t *testing.T, accounts auth.Accounts) {
	s := newSite(t, accounts)
	winner := wantOneWinner(t, together(racers, func(i int) error {
		return (&visitor{site: s}).register(t, "Ada", fmt.Sprint(password, i))
	}), auth.ErrNameTaken)
	for i := range racers {
		_, err := (&visitor{site: s}).login(t, "Ada", fmt.Sprint(password, i))
		if (err == nil) != (i == winner) {
			t.Errorf("a login with a password of who has won: %v, won: %v", err, i == winner)
		}
	}
}

// meeting are accounts in which, once invited, so many wait for each other when
// they have found an account.
type meeting struct {
	auth.Accounts
	guests atomic.Int64
	here   sync.WaitGroup
}

func (m *meeting) invite(n int) {
	m.here.Add(n)
	m.guests.Store(int64(n))
}

func (m *meeting) FindID(ctx context.Context, id string) (auth.Account, error) {
	a, err := m.Accounts.FindID(ctx, id)
	if m.guests.Add(-1) >= 0 {
		m.here.Done()
		m.here.Wait()
	}
	return a, err
}

// passwordChangesRace changes a password in several sessions at once, each of which
// has found the same hash: one change holds.
func passwordChangesRace(t *testing.T, accounts auth.Accounts) {
	m := &meeting{Accounts: accounts}
	s := newSite(t, m)
	if err := (&visitor{site: s}).register(t, "Ada", password); err != nil {
		t.Fatalf("registering: %v", err)
	}
	visitors := make([]*visitor, racers)
	for i := range visitors {
		visitors[i] = &visitor{site: s}
		if _, err := visitors[i].login(t, "Ada", password); err != nil {
			t.Fatalf("logging in: %v", err)
		}
	}
	m.invite(racers)
	errs := together(racers, func(i int) error { return visitors[i].change(t, password, fmt.Sprint(password, i)) })
	for i, err := range errs {
		if errors.Is(err, auth.ErrNotLoggedIn) { // the change of another has ended its session
			errs[i] = auth.ErrCredentials
		}
	}
	winner := wantOneWinner(t, errs, auth.ErrCredentials)
	if _, err := (&visitor{site: s}).login(t, "Ada", fmt.Sprint(password, winner)); err != nil {
		t.Errorf("a login with the new password: %v", err)
	}
}
