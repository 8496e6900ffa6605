package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/web"
)

type shown struct {
	Handle, Device      string
	FirstSeen, LastSeen time.Time
	Expires             time.Time
	Current             bool
}

// sessions returns what the page of sessions lists.
func (b *browser) sessions() []shown {
	b.site.t.Helper()
	_, p := b.call(http.MethodGet, "/sessions", "")
	var list []shown
	if err := json.Unmarshal(p.Data, &list); err != nil {
		b.site.t.Fatal(err)
	}
	return list
}

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)

func TestSessionsPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, phone := s.member("Ada"), s.browser()
	s.member("Bob")
	phone.send(http.MethodPost, "/login", values("username", "Ada", "password", password), "User-Agent", iPhone)
	evil := s.browser()
	evil.send(http.MethodPost, "/login", values("username", "Ada", "password", password), "User-Agent", "<script>alert(1)</script>"+strings.Repeat("x", 5000))

	list := ada.sessions()
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	handles, current, devices := map[string]bool{}, 0, ""
	for _, l := range list {
		handles[l.Handle] = true
		devices += l.Device + "\n"
		if l.Current {
			current++
		}
		if since := time.Since(l.FirstSeen); since < 0 || since > time.Minute || l.LastSeen.Before(l.FirstSeen) {
			t.Errorf("seen first %v, last %v", l.FirstSeen, l.LastSeen)
		}
	}
	if len(handles) != 3 || current != 1 || !strings.Contains(devices, "Safari on iPhone\n") || len(devices) > 1000 {
		t.Errorf("handles %v, current %d, devices %q", handles, current, devices)
	}
	page := ada.get("/sessions")
	if strings.Contains(page.body, "<script>") || strings.Count(page.body, ">This one<") != 1 ||
		strings.Count(page.body, `action="/sessions/end"`) != 2 || !strings.Contains(page.body, "30 days after the login") {
		t.Errorf("%s", page.body)
	}

	for _, l := range list {
		if l.Device == "Safari on iPhone" {
			if a := ada.post("/sessions/end", "handle", l.Handle); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/sessions" {
				t.Errorf("ending: %s", a.Status)
			}
		}
	}
	if a := ada.get("/sessions"); !strings.Contains(a.body, "The session is ended.") {
		t.Errorf("no notice: %s", a.body)
	}
	if a := ada.get("/sessions"); strings.Contains(a.body, "The session is ended.") {
		t.Error("the notice comes twice")
	}
	if phone.loggedIn() || !ada.loggedIn() || !evil.loggedIn() {
		t.Errorf("phone %t, ada %t, evil %t", phone.loggedIn(), ada.loggedIn(), evil.loggedIn())
	}
	ada.post("/sessions/end-others")
	if evil.loggedIn() || !ada.loggedIn() || len(ada.sessions()) != 1 {
		t.Errorf("evil %t, ada %t", evil.loggedIn(), ada.loggedIn())
	}
}

// GHSA-xg6x-h9c9-2m83's neighbour, sign-out by unsigned values (better-auth):
// nobody ends what is another's, whatever handle is sent.
func TestEndSessionOfAnother_BetterAuthMultiSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, eve := s.member("Ada"), s.member("Eve")
	handle := ada.sessions()[0].Handle
	cookie := ada.get("/").Request.Header.Get("Cookie")
	for _, handle := range []string{handle, cookie, "", "*", "%"} {
		if a, _ := eve.call(http.MethodPost, "/sessions/end", `{"handle":"`+handle+`"}`); a.StatusCode != http.StatusNotFound {
			t.Errorf("ending another's: %s", a.Status)
		}
	}
	eve.post("/sessions/end-others")
	if !ada.loggedIn() || !eve.loggedIn() {
		t.Errorf("ada %t, eve %t", ada.loggedIn(), eve.loggedIn())
	}
}

// Ending this very session is a logout.
func TestEndOwnSession(t *testing.T) {
	t.Parallel()
	ada := newSite(t).member("Ada")
	a := ada.post("/sessions/end", "handle", ada.sessions()[0].Handle)
	if a.StatusCode != http.StatusSeeOther || ada.loggedIn() {
		t.Errorf("%s, logged in %t", a.Status, ada.loggedIn())
	}
}

// CVE-2021-41268 (Symfony): a changed password ends remembered sessions, too,
// and leaves the one that has changed it, under another id.
func TestPasswordChangeEndsRemembered_CVE_2021_41268(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ada, thief := s.member("Ada"), s.browser()
	thief.post("/login", "username", "Ada", "password", password, "remember", "on")
	before := ada.get("/").Request.Header.Get("Cookie")
	if a := ada.post("/password", "current", password, "password", "another horse"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if thief.loggedIn() || !ada.loggedIn() {
		t.Errorf("thief %t, ada %t", thief.loggedIn(), ada.loggedIn())
	}
	if a := s.browser().get("/dashboard", "Cookie", before); a.StatusCode != http.StatusSeeOther {
		t.Errorf("the id from before: %s", a.Status)
	}
	if a := thief.post("/login", "username", "Ada", "password", password); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the old password: %s", a.Status)
	}
}

var inputs = regexp.MustCompile(`<input [^>]*type="password"[^>]*value=`)

func TestPasswordForm(t *testing.T) {
	t.Parallel()
	ada := newSite(t).member("Ada")
	for _, test := range []struct {
		current, replacement string
		status               int
		contains             string
	}{
		{"", "another horse", 400, "Enter the password that you have now."},
		{password, "", 400, "Enter a new password."},
		{"wrong horse", "another horse", 403, "This is not your password."},
		{password, "short", 400, "Use at least 8 characters."},
		{password, "password123", 400, "Many people use this password"},
		{password, password, 400, "This is the password that you have now."},
		{password, strings.Repeat("p", 73), 400, "Use at most 72"},
		{strings.Repeat("p", 73), "another horse", 403, "This is not your password."},
	} {
		a := ada.post("/password", "current", test.current, "password", test.replacement)
		if a.StatusCode != test.status || !strings.Contains(a.body, test.contains) || !strings.Contains(a.body, `role="alert"`) || inputs.MatchString(a.body) {
			t.Errorf("%.20q to %.20q: %s %s", test.current, test.replacement, a.Status, a.body)
		}
		checkHeaders(t, "/password", a)
	}
	if !ada.loggedIn() {
		t.Error("logged out")
	}
}

// No page promises more than the absolute limit leaves.
func TestLimitsShown(t *testing.T) {
	t.Parallel()
	b := startSite(t, func(o *web.Options) { o.Sessions.AbsoluteTimeout = 12 * time.Hour }, (*httptest.Server).Start).member("Ada")
	for _, path := range []string{"/login", "/register", "/sessions"} {
		if page := b.get(path).body; strings.Contains(page, "30 days") || strings.Contains(page, "1 day") {
			t.Errorf("%s: %s", path, page)
		}
	}
}
