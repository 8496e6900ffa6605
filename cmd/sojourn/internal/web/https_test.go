package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/web"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestHTTPS(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *web.Options) {
		o.Sessions.Name, o.Sessions.Cookie.Secure = "__Host-connect.sid", session.SecureAlways
	}, (*httptest.Server).StartTLS)
	b := s.browser()
	a := b.post("/register", "username", "Ada", "password", password)
	for _, c := range a.Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie: %s", c.Raw)
		}
	}
	if !strings.Contains(strings.Join(a.Header["Set-Cookie"], "\n"), "__Host-connect.sid=") {
		t.Errorf("cookies: %q", a.Header["Set-Cookie"])
	}
	for _, path := range []string{"/", "/dashboard", "/style.css", "/healthz", "/nothing"} {
		if got := b.get(path).Header.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
			t.Errorf("%s: HSTS %q", path, got)
		}
	}
	a = b.post("/logout")
	if got := a.Header.Get("Clear-Site-Data"); got != `"cookies", "storage"` {
		t.Errorf("Clear-Site-Data: %q", got)
	}
	location := a.Header.Get("Location")
	if !strings.HasPrefix(location, "/login?browser=") {
		t.Errorf("the logout leads to %q", location)
	}
	for path, known := range map[string]bool{location: true, "/login?browser=junk": false} {
		a := s.browser().get(path)
		got := strings.Contains(strings.Join(a.Header["Set-Cookie"], "\n"), "known=")
		if got != known || a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/login" {
			t.Errorf("GET %.30s: %s to %q, %q", path, a.Status, a.Header.Get("Location"), a.Header["Set-Cookie"])
		}
	}
}

// Whoever ends the session in hand is logged out like anybody else, and a
// program is told where its browser is known again.
func TestFarewell(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil, (*httptest.Server).StartTLS)
	for _, path := range []string{"/logout", "/sessions/end"} {
		ada := s.member("Ada of " + path)
		a, p := ada.call(http.MethodPost, path, `{"handle":"`+ada.sessions()[0].Handle+`"}`)
		if a.StatusCode != http.StatusOK || a.Header.Get("Clear-Site-Data") == "" || !strings.Contains(string(p.Data), `"/login?browser=`) || ada.loggedIn() {
			t.Errorf("%s: %s %v %s", path, a.Status, a.Header, a.body)
		}
	}
}

// A trusted proxy speaks HTTPS for us, any other only claims to.
func TestBehindProxy(t *testing.T) {
	t.Parallel()
	for name, trusted := range map[string][]netip.Prefix{"trusted": {netip.MustParsePrefix("127.0.0.0/8")}, "not trusted": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, func(o *web.Options) { o.Sessions.TrustProxies, o.Accounts.TrustProxies = trusted, trusted }, (*httptest.Server).Start)
			a := s.browser().send(http.MethodPost, "/register", values("username", "Ada", "password", password), "X-Forwarded-Proto", "https")
			secure := strings.Contains(a.Header.Get("Set-Cookie"), "; Secure")
			hsts := a.Header.Get("Strict-Transport-Security") != ""
			if secure != (trusted != nil) || hsts != (trusted != nil) {
				t.Errorf("secure %t, HSTS %t", secure, hsts)
			}
		})
	}
}

// Over plain HTTP nothing is said that only holds over HTTPS: on localhost it
// would hold for every other program there.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	b := newSite(t).member("Ada")
	a := b.post("/logout")
	if a.Header.Get("Strict-Transport-Security") != "" || a.Header.Get("Clear-Site-Data") != "" {
		t.Errorf("headers: %v", a.Header)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if a := s.browser().get("/healthz"); a.StatusCode != http.StatusOK || a.body != "ok\n" || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("%s %q", a.Status, a.body)
	}
	if a := newSiteOn(t, down{nil}, t.Output()).browser().get("/healthz"); a.StatusCode != http.StatusServiceUnavailable || a.body != "sessions are out of reach\n" {
		t.Errorf("without sessions: %s %q", a.Status, a.body)
	}
	s.db.Close()
	if a := s.browser().get("/healthz"); a.StatusCode != http.StatusServiceUnavailable || a.body != "accounts are out of reach\n" {
		t.Errorf("without accounts: %s %q", a.Status, a.body)
	}
}

// Whoever guesses has to wait, and is told for how long; whoever has logged in
// with this browser before does not.
func TestThrottling(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *web.Options) {
		o.Sessions.Store = memory.New(memory.Options{})
		o.Accounts.LoginRate = auth.Rate{}
	}, (*httptest.Server).Start)
	known, thief := s.member("Ada"), s.browser()
	known.post("/logout")
	var a answer
	for range 20 {
		if a = thief.post("/login", "username", "Ada", "password", "wrong horse"); a.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, "Too many tries. Please wait") ||
		!strings.Contains(a.body, `value="Ada"`) {
		t.Fatalf("%s %v %s", a.Status, a.Header, a.body)
	}
	if a := thief.post("/login", "username", "Ada", "password", password); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the right password from an unknown browser: %s", a.Status)
	}
	if a, p := thief.call(http.MethodPost, "/login", `{"username":"Ada","password":"x"}`); a.StatusCode != http.StatusTooManyRequests || p.Msg == "" {
		t.Errorf("to a program: %s %s", a.Status, a.body)
	}
	if a := known.post("/login", "username", "Ada", "password", password); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the right password from a known browser: %s", a.Status)
	}
}
