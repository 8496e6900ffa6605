package browsertest

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const password = "seven green bottles"

// The whole life of an account over HTTPS, with an eye on the cookie jar.
func TestAccount(t *testing.T) {
	t.Parallel()
	s := serve(t, true)
	chromium := launch(t, s)
	b := newBrowser(t, s, chromium)

	b.open("/")
	b.at("/login")
	if c := b.session(); c != nil {
		t.Errorf("a visit set a cookie: %+v", c)
	}
	b.register("Ada", password)
	first := b.session()
	if first == nil || first.Name != "__Host-connect.sid" || !first.HTTPOnly || !first.Secure || first.Path != "/" ||
		first.Domain != "127.0.0.1" || first.SameSite != "Lax" || !first.Session {
		t.Fatalf("the session cookie: %+v", first)
	}
	b.open("/dashboard")
	b.at("/dashboard", "Ada", "ends when you close the browser")
	b.logout()
	if c := b.session(); c != nil {
		t.Errorf("the logout left the cookie: %+v", c)
	}

	// Pressing Back shows nothing of what only Ada may see.
	b.do(chromedp.NavigateBack())
	if text := b.text(); strings.Contains(text, "Ada") {
		t.Errorf("Back shows %s: %s", b.path(), text)
	}
	b.open("/dashboard")
	b.at("/login?next=%2Fdashboard")

	b.submit("Log in", "username", "ada", "password", "wrong horse")
	b.at("/login", "Wrong user name or password.")
	b.submit("Log in", "password", password) // the name and where to go are kept
	b.at("/dashboard", "Ada")
	if second := b.session(); second == nil || second.Value == first.Value {
		t.Error("the login kept the id from before")
	}
	b.logout()

	b.login("Ada", password, true)
	remembered := b.session()
	if remembered == nil || remembered.Session {
		t.Fatalf("the cookie of a remembered session: %+v", remembered)
	}
	left := time.Until(time.Unix(int64(remembered.Expires), 0))
	if left < 29*24*time.Hour || left > 30*24*time.Hour {
		t.Errorf("the cookie is to live for %v", left)
	}
	b.open("/dashboard")
	b.at("/dashboard", "is remembered for 30 days")
	if log := s.log.String(); strings.Contains(log, "ERROR") {
		t.Errorf("the program complains: %s", log)
	}
}

// A second browser is seen, and ended, on the page of sessions.
func TestSessions(t *testing.T) {
	t.Parallel()
	s := serve(t, true)
	chromium := launch(t, s)
	b, other, third := newBrowser(t, s, chromium), newBrowser(t, s, chromium), newBrowser(t, s, chromium)
	b.register("Ada", password)
	b.open("/sessions")
	b.at("/sessions", "This one", "30 days")
	if strings.Contains(b.text(), "End") {
		t.Errorf("a lone session can be ended: %s", b.text())
	}

	other.login("Ada", password, false)
	third.login("Ada", password, true)
	b.open("/sessions")
	for _, c := range []*browser{b, other, third} {
		id, _, _ := strings.Cut(strings.TrimPrefix(c.session().Value, "s%3A"), ".")
		if html := b.html(); strings.Contains(html, id) {
			t.Error("the page of sessions shows an id")
		}
	}
	if n := strings.Count(b.text(), "Last seen"); n != 3 {
		t.Errorf("%d sessions are shown, want 3: %s", n, b.text())
	}
	b.click(`(//main//li//button[normalize-space()="End"])[1]`)
	b.at("/sessions", "The session is ended.")
	if n := strings.Count(b.text(), "Last seen"); n != 2 {
		t.Errorf("%d sessions are shown, want 2: %s", n, b.text())
	}
	alive := 0
	for _, c := range []*browser{other, third} {
		c.open("/dashboard")
		if c.path() == "/dashboard" {
			alive++
		}
	}
	if alive != 1 {
		t.Errorf("%d of the two others are logged in, want 1", alive)
	}

	other.open("/login")
	other.submit("Log in", "username", "Ada", "password", password)
	b.open("/sessions")
	b.submit("End all others")
	b.at("/sessions", "All your other sessions are ended.", "This one")
	for _, c := range []*browser{other, third} {
		c.open("/dashboard")
		c.at("/login?next=%2Fdashboard")
	}
}

// Changing the password ends the others, and the old one is worth nothing.
func TestPassword(t *testing.T) {
	t.Parallel()
	s := serve(t, true)
	chromium := launch(t, s)
	b, other := newBrowser(t, s, chromium), newBrowser(t, s, chromium)
	b.register("Ada", password)
	other.login("Ada", password, true)

	b.open("/password")
	b.submit("Change password", "current", "not my password", "password", "eight blue bottles")
	b.at("/password", "This is not your password.")
	b.submit("Change password", "current", password, "password", "password123")
	b.at("/password", "Many people use this password")
	before := b.session().Value
	b.submit("Change password", "current", password, "password", "eight blue bottles")
	b.at("/sessions", "Your password is changed.", "This one")
	if b.session().Value == before {
		t.Error("the session kept its id")
	}
	other.open("/dashboard")
	other.at("/login?next=%2Fdashboard")
	other.submit("Log in", "username", "Ada", "password", password)
	other.at("/login", "Wrong user name or password.")
	other.submit("Log in", "password", "eight blue bottles")
	other.at("/dashboard")
}

// Over plain HTTP it works the same on localhost, but the cookie is not for
// HTTPS, and other cookies of the host stay.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	s := serve(t, false)
	b := newBrowser(t, s, launch(t, s))
	b.register("Ada", password)
	if c := b.session(); c.Name != "connect.sid" || c.Secure || !c.HTTPOnly {
		t.Errorf("the session cookie: %+v", c)
	}
	b.do(chromedp.Func(setCookie(s.base, "another-application", "x")))
	b.logout()
	jar := b.cookies()
	if jar["connect.sid"] != nil || jar["another-application"] == nil {
		t.Errorf("the jar after the logout: %v", jar)
	}
}

// Over HTTPS a logout leaves nothing of this site in the browser but that it is
// known, so that whoever guesses at the password does not keep its owner out.
func TestLogoutClearsSite(t *testing.T) {
	t.Parallel()
	s := serve(t, true, "--login-rate", "5,10m,10m") // a browser may be slow to guess
	chromium := launch(t, s)
	b, thief := newBrowser(t, s, chromium), newBrowser(t, s, chromium)
	b.register("Ada", password)
	b.do(chromedp.Func(setCookie(s.base, "of-some-page", "x")))
	known := b.cookies()["__Host-known"]
	b.logout()
	jar := b.cookies()
	if now := jar["__Host-known"]; len(jar) != 1 || known == nil || now == nil || now.Value != known.Value || !now.HTTPOnly || !now.Secure {
		t.Errorf("left in the jar: %+v", jar)
	}

	thief.open("/login")
	for range 8 {
		thief.submit("Log in", "username", "Ada", "password", "wrong horse")
	}
	thief.at("/login", "Too many tries. Please wait")
	b.login("Ada", password, false)
}
