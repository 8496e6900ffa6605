package web_test

import (
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/web"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const password = "correct horse"

var secrets = []string{"a secret of the tests, not short"}

// site is a running site.
type site struct {
	t testing.TB
	*httptest.Server
	db *sql.DB
}

func newSite(t testing.TB) *site {
	t.Helper()
	return newSiteOn(t, memory.New(memory.Options{}), io.Discard)
}

// newSiteOn returns a site with the sessions of that store and its log at
// debug level.
func newSiteOn(t testing.TB, sessions store.Store, log io.Writer) *site {
	t.Helper()
	return startSite(t, func(o *web.Options) {
		o.Sessions.Store = sessions
		o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}, (*httptest.Server).Start)
}

// startSite returns a site with options that change has had a look at.
func startSite(t testing.TB, change func(*web.Options), start func(*httptest.Server)) *site {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "users.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	users, err := sqlusers.New(t.Context(), db, sqlusers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	unlimited := auth.Rate{Free: auth.Unlimited}
	o := web.Options{
		Accounts: auth.Options{
			Accounts: users, Cost: 4, MaxQueued: 1000, Secrets: secrets,
			LoginRate: unlimited, AddressRate: unlimited, RegisterRate: unlimited,
		},
		Sessions: session.Options{Secrets: secrets, Store: memory.New(memory.Options{}), AbsoluteTimeout: 30 * 24 * time.Hour},
		Logger:   slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	handler, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	start(server)
	t.Cleanup(server.Close)
	return &site{t: t, Server: server, db: db}
}

// browser keeps cookies and follows no redirect.
type browser struct {
	site *site
	http.Client
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, Client: http.Client{
		Transport:     s.Client().Transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// member returns a browser in which somebody new is logged in.
func (s *site) member(name string) *browser {
	s.t.Helper()
	b := s.browser()
	if a := b.post("/register", "username", name, "password", password); a.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("registering %s: %s", name, a.Status)
	}
	return b
}

// answer is a response with its body.
type answer struct {
	*http.Response
	body string
}

// send sends a request with the headers given as pairs.
func (b *browser) send(method, path, body string, headers ...string) answer {
	t := b.site.t
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.site.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp, string(text)}
}

func (b *browser) get(path string, headers ...string) answer {
	b.site.t.Helper()
	return b.send(http.MethodGet, path, "", headers...)
}

func (b *browser) post(path string, pairs ...string) answer {
	b.site.t.Helper()
	return b.send(http.MethodPost, path, values(pairs...))
}

func values(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// loggedIn reports whether the dashboard opens.
func (b *browser) loggedIn() bool {
	b.site.t.Helper()
	return b.get("/dashboard").StatusCode == http.StatusOK
}
