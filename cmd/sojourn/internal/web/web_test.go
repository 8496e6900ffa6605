package web_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	visitor, ada := s.browser(), s.member("Ada <b>")
	for _, test := range []struct {
		b        *browser
		path     string
		status   int
		location string
		contains []string
	}{
		{visitor, "/", 303, "/login", nil},
		{visitor, "/dashboard", 303, "/login?next=%2Fdashboard", nil},
		{visitor, "/logout", 303, "/login", nil},
		{visitor, "/login", 200, "", []string{`autocomplete="current-password"`, `<label for="username">`, `href="/register"`}},
		{visitor, "/login?next=/dashboard", 200, "", []string{`name="next" value="/dashboard"`, `href="/register?next=%2fdashboard"`}},
		{visitor, "/register", 200, "", []string{`autocomplete="new-password"`, `autocomplete="username"`}},
		{visitor, "/nothing", 404, "", []string{"There is no such page."}},
		{visitor, "/style.css", 200, "", []string{"prefers-color-scheme: dark"}},
		{ada, "/", 200, "", []string{"Hello, Ada &lt;b&gt;!", `action="/logout"`, "Log out"}},
		{ada, "/dashboard", 200, "", []string{"Ada &lt;b&gt;", `action="/logout"`, "ends when you close the browser"}},
		{ada, "/login", 200, "", []string{`action="/logout"`}},
		{ada, "/register", 200, "", []string{`action="/logout"`}},
		{ada, "/logout", 200, "", []string{`action="/logout"`, "Log out?"}},
		{ada, "/nothing", 404, "", []string{`action="/logout"`}},
	} {
		a := test.b.get(test.path)
		if a.StatusCode != test.status || a.Header.Get("Location") != test.location {
			t.Errorf("GET %s: %s to %q", test.path, a.Status, a.Header.Get("Location"))
		}
		for _, text := range test.contains {
			if !strings.Contains(a.body, text) {
				t.Errorf("GET %s: no %q in %s", test.path, text, a.body)
			}
		}
		checkHeaders(t, test.path, a)
	}
}

func checkHeaders(t *testing.T, path string, a answer) {
	t.Helper()
	cache := "no-store"
	if path == "/style.css" {
		cache = "no-cache"
	}
	for name, want := range map[string]string{
		"Cache-Control":           cache,
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "same-origin",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %s: %q", path, name, got)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.member("Ada")
	for _, test := range []struct {
		name, path, username, password string
		status                         int
		contains                       string
	}{
		{"registered", "/register", "Bob", password, 303, ""},
		{"no name", "/register", " ", password, 400, "Enter your user name."},
		{"no password", "/register", "Eve", "", 400, "Enter your password."},
		{"short password", "/register", "Eve", "1234567", 400, "Use at least 8 characters."},
		{"long password", "/register", "Eve", strings.Repeat("p", 73), 400, "Use at most 72"},
		{"zero byte", "/register", "Eve", "12345678\x00", 400, "can be typed"},
		{"long name", "/register", strings.Repeat("e", 65), password, 400, "Use at most 64 characters."},
		{"odd name", "/register", "E\nve", password, 400, "on one line"},
		{"taken", "/register", "Ada", password, 409, "This name is taken."},
		{"taken in other letters", "/register", "ａＤａ", password, 409, "This name is taken."},
		{"logged in", "/login", "ada", password, 303, ""},
		{"wrong password", "/login", "Ada", "wrong horse", 401, "Wrong user name or password."},
		{"unknown user", "/login", "Eve", password, 401, "Wrong user name or password."},
		{"impossible user", "/login", "E\nve", password, 401, "Wrong user name or password."},
		{"password too long to be one", "/login", "Ada", strings.Repeat("p", 73), 401, "Wrong user name or password."},
		{"no name", "/login", "", password, 400, "Enter your user name."},
		{"no password", "/login", "Ada", "", 400, "Enter your password."},
	} {
		a := s.browser().post(test.path, "username", test.username, "password", test.password, "remember", "on")
		if a.StatusCode != test.status || !strings.Contains(a.body, test.contains) {
			t.Errorf("%s, %s: %s %s", test.path, test.name, a.Status, a.body)
		}
		checkHeaders(t, test.path, a)
		if a.StatusCode == http.StatusSeeOther {
			continue
		}
		if a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s, %s: sets a cookie", test.path, test.name)
		}
		if !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.body, "-error\"") || !strings.Contains(a.body, " checked") {
			t.Errorf("%s, %s: the error is not announced, or the tick is lost: %s", test.path, test.name, a.body)
		}
		if test.password != "" && strings.Contains(a.body, test.password) {
			t.Errorf("%s, %s: the password is in the page", test.path, test.name)
		}
	}
}

// Ensure that a login tells nobody who has an account.
func TestSameAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.member("Ada")
	known := s.browser().post("/login", "username", "Ada", "password", "wrong horse")
	unknown := s.browser().post("/login", "username", "Eve", "password", "wrong horse")
	known.Header.Del("Date")
	unknown.Header.Del("Date")
	if known.Status != unknown.Status || strings.Replace(known.body, "Ada", "Eve", 1) != unknown.body {
		t.Errorf("known: %s %s\nunknown: %s %s", known.Status, known.body, unknown.Status, unknown.body)
	}
	for name := range known.Header {
		if !slices.Equal(known.Header[name], unknown.Header[name]) {
			t.Errorf("%s: %v and %v", name, known.Header[name], unknown.Header[name])
		}
	}
	if len(known.Header) != len(unknown.Header) {
		t.Errorf("%v and %v", known.Header, unknown.Header)
	}
}

func TestRegisterRace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var status [2]int
	var wg sync.WaitGroup
	for i := range status {
		wg.Go(func() {
			status[i] = s.browser().post("/register", "username", "Ada", "password", password).StatusCode
		})
	}
	wg.Wait()
	if got := min(status[0], status[1]); got != http.StatusSeeOther {
		t.Errorf("got %v", status)
	}
	if got := max(status[0], status[1]); got != http.StatusConflict {
		t.Errorf("got %v", status)
	}
}

// Ensure that what stands in the URL is no form.
func TestQueryIsNoForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.member("Ada")
	if a := s.browser().send(http.MethodPost, "/login?"+values("username", "Ada", "password", password), ""); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a password in the URL: %s", a.Status)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/login", "/register"} {
		if a := s.browser().post(path, "username", strings.Repeat("a", 17<<10)); a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s, too large: %s", path, a.Status)
		}
		if a := s.browser().send(http.MethodPost, path, "%zz=1"); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s, malformed: %s", path, a.Status)
		}
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.member("Ada")
	for next, want := range map[string]string{
		"":                      "/",
		"/":                     "/",
		"/dashboard":            "/dashboard",
		"/dashboard?a=b&c=d":    "/dashboard?a=b&c=d",
		"//evil.example":        "/",
		"/\\evil.example":       "/",
		"/\t/evil.example":      "/",
		"https://evil.example/": "/",
		"javascript:alert(1)":   "/",
		"/logout":               "/",
		"/%6cogout":             "/",
		"/x/../logout?a=b":      "/",
		"/login":                "/",
		"/register":             "/",
	} {
		a := s.browser().post("/login", "username", "Ada", "password", password, "next", next)
		if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("%q: %s to %q", next, a.Status, got)
		}
	}
}

func TestOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada := s.member("Ada")
	const reached, refused = false, true
	for _, test := range []struct {
		name    string
		headers []string
		want    bool
	}{
		{"no browser", nil, reached},
		{"same origin", []string{"Sec-Fetch-Site", "same-origin"}, reached},
		{"typed", []string{"Sec-Fetch-Site", "none"}, reached},
		{"same site", []string{"Sec-Fetch-Site", "same-site"}, refused},
		{"cross site", []string{"Sec-Fetch-Site", "cross-site"}, refused},
		{"cross site that claims our origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", s.URL}, refused},
		{"our origin", []string{"Origin", s.URL}, reached},
		{"another origin", []string{"Origin", "http://evil.example"}, refused},
		{"no origin", []string{"Origin", "null"}, refused},
	} {
		for _, path := range []string{"/login", "/register"} {
			a := s.browser().send(http.MethodPost, path, values("username", "", "password", ""), test.headers...)
			if refused := a.StatusCode == http.StatusForbidden; refused != test.want {
				t.Errorf("POST %s, %s: %s", path, test.name, a.Status)
			}
			checkHeaders(t, path, a)
		}
		if test.want == refused {
			ada.send(http.MethodPost, "/logout", "", test.headers...)
			if !ada.loggedIn() {
				t.Fatalf("POST /logout, %s: logged out", test.name)
			}
		}
	}
	if a := ada.send(http.MethodPost, "/logout", "", "Sec-Fetch-Site", "same-origin"); a.StatusCode != http.StatusSeeOther || ada.loggedIn() {
		t.Errorf("POST /logout from our page: %s", a.Status)
	}
}

func TestGetLogout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, test := range []struct {
		name, method string
		headers      []string
		ends         bool
	}{
		{"a link of ours", http.MethodGet, []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"a browser that does not say", http.MethodGet, nil, false},
		{"typed", http.MethodGet, []string{"Sec-Fetch-Site", "none"}, false},
		{"another site", http.MethodGet, []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a sibling", http.MethodGet, []string{"Sec-Fetch-Site", "same-site"}, false},
		{"fetched ahead", http.MethodGet, []string{"Sec-Fetch-Site", "same-origin", "Sec-Purpose", "prefetch"}, false},
		{"rendered ahead", http.MethodGet, []string{"Sec-Fetch-Site", "same-origin", "Sec-Purpose", "prefetch;prerender"}, false},
		{"HEAD", http.MethodHead, []string{"Sec-Fetch-Site", "same-origin"}, false},
	} {
		b := s.member(test.name)
		a := b.send(test.method, "/logout", "", test.headers...)
		if ended := !b.loggedIn(); ended != test.ends {
			t.Errorf("%s: ended %v", test.name, ended)
		}
		want := http.StatusOK
		if test.ends {
			want = http.StatusSeeOther
		}
		if a.StatusCode != want {
			t.Errorf("%s: %s", test.name, a.Status)
		}
	}
}

// down is a session store that cannot be read.
type down struct{ store.Store }

// full is a session store that takes no more.
type full struct{ store.Store }

func (full) Create(context.Context, string, string, time.Time) (store.Version, error) {
	return "", errors.New("the disk is full")
}

func (full) Delete(context.Context, string, store.Version) error {
	return errors.New("the disk is full")
}

// Ensure that a login or logout that was not stored is not answered as one.
func TestStoreFull(t *testing.T) {
	t.Parallel()
	sessions := memory.New(memory.Options{})
	ada := newSiteOn(t, sessions, t.Output()).member("Ada")
	cookie := ada.get("/").Request.Header.Get("Cookie")
	s := newSiteOn(t, full{sessions}, t.Output())
	register := s.browser().post("/register", "username", "Eve", "password", password)
	login := s.browser().post("/login", "username", "Eve", "password", password)
	logout := s.browser().send(http.MethodPost, "/logout", "", "Cookie", cookie)
	for name, a := range map[string]answer{"register": register, "login": login, "logout": logout} {
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %s, %v", name, a.Status, a.Header)
		}
	}
}

func (down) Get(context.Context, string) (store.Record, error) {
	return store.Record{}, errors.New("the store is down")
}

// Ensure that while the sessions are out of reach nobody is taken for anybody,
// nor for nobody.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	sessions := memory.New(memory.Options{})
	up := newSiteOn(t, sessions, t.Output())
	ada := up.member("Ada")
	cookie := ada.get("/").Request.Header.Get("Cookie")
	s := newSiteOn(t, down{sessions}, t.Output())
	for _, path := range []string{"/", "/dashboard", "/login", "/logout"} {
		a := s.browser().get(path, "Cookie", cookie)
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || strings.Contains(a.body, "Ada") {
			t.Errorf("GET %s: %s %s", path, a.Status, a.body)
		}
		checkHeaders(t, path, a)
	}
	if a := s.browser().send(http.MethodPost, "/logout", "", "Cookie", cookie); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("POST /logout: %s", a.Status)
	}
}

func TestUsersDown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.db.Close()
	for _, path := range []string{"/login", "/register"} {
		a := s.browser().post(path, "username", "Ada", "password", password)
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || strings.Contains(a.body, "sql") {
			t.Errorf("POST %s: %s %s", path, a.Status, a.body)
		}
	}
}

func TestStyleIsCached(t *testing.T) {
	t.Parallel()
	b := newSite(t).browser()
	tag := b.get("/style.css").Header.Get("ETag")
	if a := b.get("/style.css", "If-None-Match", tag); tag == "" || a.StatusCode != http.StatusNotModified {
		t.Errorf("with the tag %q: %s", tag, a.Status)
	}
}
