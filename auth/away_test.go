package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// away are accounts of which the engine can fail, or answer no longer.
type away struct {
	auth.Accounts
	fail, hang atomic.Bool
}

var errEngine = errors.New("the engine has failed")

func (a *away) here(ctx context.Context) error {
	if a.hang.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if a.fail.Load() {
		return errEngine
	}
	return nil
}

func (a *away) Create(ctx context.Context, account auth.Account) (string, error) {
	if err := a.here(ctx); err != nil {
		return "", err
	}
	return a.Accounts.Create(ctx, account)
}

func (a *away) Find(ctx context.Context, username, key string) (auth.Account, error) {
	if err := a.here(ctx); err != nil {
		return auth.Account{}, err
	}
	return a.Accounts.Find(ctx, username, key)
}

func (a *away) FindID(ctx context.Context, id string) (auth.Account, error) {
	if err := a.here(ctx); err != nil {
		return auth.Account{}, err
	}
	return a.Accounts.FindID(ctx, id)
}

// Ensure that whatever needs accounts says so when they are out of reach, in
// time, that it is not taken for a wrong password, and that sessions go on.
func TestAccountsOutOfReach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		accounts := &away{Accounts: newInMemory()}
		a := newAuth(t, cheap(accounts))
		sessions, err := session.New(session.Options{Secrets: []string{secret}, Store: memory.New(memory.Options{})})
		if err != nil {
			t.Fatal(err)
		}
		ada := auth.Credentials{Username: "Ada", Password: password}
		var cookie string
		do := func(ctx context.Context, f func(http.ResponseWriter, *http.Request) error) (err error) {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
			r.Header.Set("Cookie", cookie)
			w := httptest.NewRecorder()
			sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { err = f(w, r) })).ServeHTTP(w, r)
			for _, c := range w.Result().Cookies() {
				cookie = c.Name + "=" + c.Value
			}
			return err
		}
		login := func(w http.ResponseWriter, r *http.Request) error { _, err := a.Login(w, r, ada); return err }
		register := func(w http.ResponseWriter, r *http.Request) error { _, err := a.Register(w, r, ada); return err }
		if err := do(t.Context(), register); err != nil {
			t.Fatal(err)
		}
		operations := map[string]func(http.ResponseWriter, *http.Request) error{
			"login": login,
			"register": func(w http.ResponseWriter, r *http.Request) error {
				_, err := a.Register(w, r, auth.Credentials{Username: "Eve", Password: password})
				return err
			},
			"change": func(w http.ResponseWriter, r *http.Request) error {
				return a.ChangePassword(w, r, password, "battery staple")
			},
			"check": func(_ http.ResponseWriter, r *http.Request) error { return a.CheckPassword(r, password) },
		}
		for name, f := range operations {
			accounts.fail.Store(true)
			if err := do(t.Context(), f); !errors.Is(err, auth.ErrAccounts) || !errors.Is(err, errEngine) || errors.Is(err, auth.ErrCredentials) {
				t.Errorf("%s when the engine fails: %v", name, err)
			}
			accounts.fail.Store(false)
			accounts.hang.Store(true)
			began := time.Now()
			if err := do(t.Context(), f); !errors.Is(err, auth.ErrAccounts) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s when the engine hangs: %v", name, err)
			}
			if took := time.Since(began); took != 2*time.Second {
				t.Errorf("%s takes %v when the engine hangs", name, took)
			}
			// A client that leaves says nothing about the engine.
			leaving, leave := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, leave)
			if err := do(leaving, f); !errors.Is(err, context.Canceled) || errors.Is(err, auth.ErrAccounts) {
				t.Errorf("%s when the client leaves: %v", name, err)
			}
			accounts.hang.Store(false)
		}
		accounts.fail.Store(true)
		if err := do(t.Context(), func(_ http.ResponseWriter, r *http.Request) error {
			if u, ok := auth.CurrentUser(r); !ok || u.Username != "Ada" {
				return errors.New("nobody is logged in")
			}
			return nil
		}); err != nil {
			t.Errorf("a session while accounts are out of reach: %v", err)
		}
	})
}

// Ensure that a login with a password of which bcrypt would read a part only is
// told so, whether there is an account or not.
func TestLoginWithPasswordTooLong(t *testing.T) {
	t.Parallel()
	accounts := newInMemory()
	a := newAuth(t, cheap(accounts))
	r := requestWithoutSession(t)
	long := strings.Repeat("a long password ", 5)
	if err := a.CreateAccount(r, auth.Credentials{Username: "Ada", Password: long[:72]}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Ada", "Nobody"} {
		for pass, want := range map[string]error{long: auth.ErrPasswordTooLong, long[:9] + "\x00": auth.ErrPasswordCharacters} {
			_, err := a.Login(httptest.NewRecorder(), r, auth.Credentials{Username: name, Password: pass})
			if !errors.Is(err, auth.ErrCredentials) || !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
	}
}
