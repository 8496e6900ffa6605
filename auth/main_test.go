package auth_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const (
	password = "correct horse"
	secret   = "a secret of the tests, not short"
)

// openUsers returns accounts in a new database file.
func openUsers(t testing.TB) (*sqlusers.Users, *sql.DB) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "users.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	users, err := sqlusers.New(t.Context(), db, sqlusers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return users, db
}

// cheap returns options for hashes that are cheap, and no limit to how many.
func cheap(accounts auth.Accounts) auth.Options {
	return auth.Options{Accounts: accounts, Cost: 4, MaxQueued: 1000, LoginRate: auth.Rate{Free: auth.Unlimited}}
}

func newAuth(t testing.TB, o auth.Options) *auth.Authenticator {
	t.Helper()
	a, err := auth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// site is an application: what is written around package auth.
type site struct {
	*httptest.Server
	auth    *auth.Authenticator
	store   store.Store
	mux     *http.ServeMux
	handler http.Handler
}

var cart = session.Key[string]("cart")

// newSite returns a site that is served.
func newSite(t *testing.T, accounts auth.Accounts, sessions store.Store) *site {
	t.Helper()
	s := newHandler(t, cheap(accounts), sessions)
	s.Server = httptest.NewServer(s.handler)
	t.Cleanup(s.Close)
	return s
}

// newHandler returns a site that is not.
func newHandler(t testing.TB, o auth.Options, sessions store.Store) *site {
	t.Helper()
	if sessions == nil {
		sessions = memory.New(memory.Options{})
	}
	manager, err := session.New(session.Options{Secrets: []string{secret}, Store: sessions, TrustProxies: o.TrustProxies})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{auth: newAuth(t, o), store: sessions, mux: http.NewServeMux()}
	s.handler = manager.Handler(s.mux)
	s.mux.HandleFunc("POST /register", form(s.auth.Register))
	s.mux.HandleFunc("POST /login", form(s.auth.Login))
	s.mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := s.auth.Logout(r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	s.mux.HandleFunc("POST /password", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.auth.ChangePassword(w, r, r.PostFormValue("current"), r.PostFormValue("replacement")))
	})
	s.mux.HandleFunc("POST /check", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.auth.CheckPassword(r, r.PostFormValue("password")))
	})
	s.mux.HandleFunc("POST /end", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.auth.EndSession(r, r.PostFormValue("handle")))
	})
	s.mux.HandleFunc("POST /end-others", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.auth.EndOtherSessions(r))
	})
	s.mux.HandleFunc("GET /carry", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Carried", s.auth.CarryBrowser(r))
	})
	s.mux.HandleFunc("GET /restore", func(w http.ResponseWriter, r *http.Request) {
		if !s.auth.RestoreBrowser(w, r, r.FormValue("browser")) {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	s.mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, r *http.Request) {
		sessions, err := s.auth.Sessions(r)
		if err != nil {
			answer(w, err)
			return
		}
		_ = json.NewEncoder(w).Encode(sessions)
	})
	s.mux.HandleFunc("POST /express", func(_ http.ResponseWriter, r *http.Request) {
		expressUser.Set(session.From(r), auth.User{ID: r.PostFormValue("id"), Username: r.PostFormValue("username")})
	})
	s.mux.HandleFunc("POST /cart", func(_ http.ResponseWriter, r *http.Request) { cart.Set(session.From(r), "full") })
	s.mux.HandleFunc("GET /cart", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cart", cart.Get(session.From(r)))
	})
	s.mux.Handle("/private/", s.auth.RequireUser(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, _ := auth.CurrentUser(r)
		w.Header().Set("Name", u.Username)
	})))
	return s
}

func form(enter func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := enter(w, r, auth.Credentials{
			Username: r.PostFormValue("username"), Password: r.PostFormValue("password"),
			Remember: r.PostFormValue("remember") != "",
		})
		answer(w, err)
	}
}

// answer answers with the status that an application should have for an error.
func answer(w http.ResponseWriter, err error) {
	if err == nil {
		return
	}
	status := http.StatusBadRequest
	var throttled *auth.ThrottledError
	if errors.As(err, &throttled) {
		w.Header().Set("Retry-After", strconv.Itoa(int(throttled.RetryAfter.Seconds())))
	}
	for wrapped, s := range map[error]int{
		auth.ErrThrottled: http.StatusTooManyRequests, auth.ErrCredentials: http.StatusUnauthorized,
		auth.ErrNotLoggedIn: http.StatusForbidden, auth.ErrNameTaken: http.StatusConflict,
		auth.ErrBusy: http.StatusServiceUnavailable, auth.ErrOthersAlive: http.StatusAccepted,
		auth.ErrNoSession: http.StatusNotFound, errors.ErrUnsupported: http.StatusNotImplemented,
	} {
		if errors.Is(err, wrapped) && status != http.StatusAccepted {
			status = s
		}
	}
	http.Error(w, err.Error(), status)
}

// expressUser is where Express keeps who is logged in.
const expressUser session.Key[auth.User] = "user"

// browser keeps cookies and follows no redirect.
type browser struct {
	t    testing.TB
	site *site
	http.Client
}

func (s *site) browser(t testing.TB) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, site: s, Client: http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) do(method, path string, values url.Values) *http.Response {
	b.t.Helper()
	var resp *http.Response
	var err error
	if method == http.MethodPost {
		resp, err = b.PostForm(b.site.URL+path, values)
	} else {
		resp, err = b.Get(b.site.URL + path)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func (b *browser) post(path string, pairs ...string) *http.Response {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, values)
}

// enter registers or logs in.
func (b *browser) enter(path, name string) {
	b.t.Helper()
	if resp := b.post(path, "username", name, "password", password); resp.StatusCode != http.StatusOK {
		b.t.Fatalf("POST %s: %s", path, resp.Status)
	}
}

// name returns who is logged in.
func (b *browser) name() string {
	b.t.Helper()
	return b.do(http.MethodGet, "/private/", nil).Header.Get("Name")
}

func (b *browser) cookie() string {
	u, _ := url.Parse(b.site.URL)
	for _, c := range b.Jar.Cookies(u) {
		return c.Value
	}
	return ""
}

func (b *browser) setCookie(value string) {
	u, _ := url.Parse(b.site.URL)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "connect.sid", Value: value, Path: "/"}})
}

// failing is a session store that is down.
type failing struct{ store.Store }

func (failing) Get(context.Context, string) (store.Record, error) {
	return store.Record{}, errors.New("the store is down")
}
