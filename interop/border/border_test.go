package border

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestBorder moves a shop from Express to Go, step by step, and back, while Ada
// uses it and Bob, who logged in before the first step, stays logged in.
func TestBorder(t *testing.T) {
	t.Parallel()
	s := open(t)
	chromium := launch(t, s.nginx)
	ada, bob := newBrowser(t, chromium), newBrowser(t, chromium)
	for name, b := range map[string]*browser{"Ada": ada, "Bob": bob} {
		b.do(chromedp.Navigate("http://shop.example/login")) // nginx leads to https
		b.at("/login", "Express", "Nobody is logged in.")
		b.submit("Log in", "username", name, "password", password)
		b.at("/", "Express", "Hello, "+name+"!", "Cart: empty")
	}
	bobs := bob.session()
	checkCookie(t, bobs)
	ada.submit("Add", "item", "tea")
	ada.at("/", "Express", "Cart: tea")
	ada.visit("/dashboard", "Express", "Views: 1")
	ada.picture("0-dashboard")

	s.step1(t, ada)
	s.step2(t, ada)
	s.step3(t, ada)
	bob.visit("/dashboard", "Go", "Hello, Bob!")
	s.back(t, ada)
	s.step4(t, ada)
	s.wholeWayBack(t, ada)

	bob.visit("/", "Express", "Hello, Bob!")
	if c := bob.session(); c == nil || c.Value != bobs.Value {
		t.Error("Bob, who was logged in all the time, has got another cookie")
	}
	if log := s.golang.stop(); log != "" {
		t.Errorf("the Go side complained: %s", log)
	}
}

// checkCookie checks the session cookie, which is the same from both sides.
func checkCookie(t *testing.T, c *network.Cookie) {
	t.Helper()
	if c == nil || !c.Secure || !c.HTTPOnly || c.SameSite != "Lax" || c.Path != "/" || c.Domain != "shop.example" || c.Session {
		t.Fatalf("the session cookie: %+v", c)
	}
	left := time.Until(time.Unix(int64(c.Expires), 0))
	if left < 7*24*time.Hour-time.Hour || left > 7*24*time.Hour {
		t.Errorf("the cookie is to live for %v", left)
	}
}

// step1 moves a page that shows: what Express has kept is there.
func (s *shop) step1(t *testing.T, ada *browser) {
	before := ada.session()
	s.nginx.move("step 1")
	ada.visit("/dashboard", "Go", "Hello, Ada!", "Cart: tea", "Views: 2")
	ada.picture("1-dashboard")
	ada.visit("/settings", "Express", "Hello, Ada!")
	if c := ada.session(); c.Value != before.Value {
		t.Error("the id changed on the way")
	}
	ada.visit("/", "Express")
	ada.submit("Add", "item", "coffee") // Express stores the session that Go has stored before
	ada.at("/", "Express", "Cart: tea, coffee")
	ada.visit("/dashboard", "Go", "Cart: tea, coffee", "Views: 3")

	ada.submit("Log out") // on Express
	ada.at("/", "Express", "Nobody is logged in.")
	ada.turnedAway("/dashboard", "Express")
	ada.submit("Log in", "username", "Ada", "password", password)
	ada.at("/", "Express", "Hello, Ada!", "Cart: empty") // Passport regenerates
	checkCookie(t, ada.session())
	ada.visit("/dashboard", "Go", "Hello, Ada!", "Views: 1")
	ada.visit("/", "Express")
	ada.submit("Add", "item", "cake")
}

// step2 moves pages that change things: Express shows what Go has changed.
func (s *shop) step2(t *testing.T, ada *browser) {
	s.nginx.move("step 2")
	ada.visit("/settings", "Go", "Hello, Ada!", "Cart: cake")
	ada.submit("Change theme", "theme", "dark & blue")
	ada.at("/", "Express", "The theme is changed.", "Theme: dark & blue")
	ada.picture("2-home")
	ada.visit("/", "Express", "Theme: dark & blue")

	// A new password is a new id: whoever knows the old one is out, on both sides.
	before := ada.session()
	ada.open("/settings")
	ada.submit("Change password", "password", "eight blue bottles")
	ada.at("/settings", "Go", "Hello, Ada!")
	after := ada.session()
	checkCookie(t, after)
	if after.Value == before.Value {
		t.Error("Renew kept the id")
	}
	ada.visit("/", "Express", "Hello, Ada!", "Cart: cake", "Theme: dark & blue")
	for path, side := range map[string]string{"/": "express", "/login": "express", "/settings": "go"} {
		if who := s.who(t, path, side, before.Value); who != "" {
			t.Errorf("%s with the old id is %s's", path, who)
		}
		if who := s.who(t, path, side, after.Value); who != "Ada" {
			t.Errorf("%s with the new id is %q's", path, who)
		}
	}

	ada.submit("Log out") // on Express, which knows the id that Go has made
	ada.turnedAway("/settings", "Express")
	ada.submit("Log in", "username", "Ada", "password", "eight blue bottles") // the hash is Go's
	ada.at("/", "Express", "Hello, Ada!")
}

// step3 moves the login and the logout.
func (s *shop) step3(t *testing.T, ada *browser) {
	s.nginx.move("step 3")
	ada.visit("/dashboard", "Go", "Hello, Ada!")
	before := ada.session()
	ada.submit("Log out") // on Go
	ada.at("/", "Express", "Nobody is logged in.")
	if c := ada.session(); c != nil {
		t.Errorf("the logout left the cookie %+v", c)
	}
	for path, side := range map[string]string{"/": "express", "/login": "go", "/dashboard": "go"} {
		if who := s.who(t, path, side, before.Value); who != "" {
			t.Errorf("%s after the logout is %s's", path, who)
		}
	}
	ada.submit("Add", "item", "jam") // a session that Express begins
	ada.at("/", "Express", "Cart: jam")
	anonymous := ada.session()
	ada.visit("/login", "Go", "Nobody is logged in.", "Cart: jam")
	ada.submit("Log in", "username", "Ada", "password", "wrong horse")
	ada.at("/login", "Go", "Nobody is logged in.")
	ada.submit("Log in", "username", "Ada", "password", "eight blue bottles")
	ada.at("/", "Express", "Hello, Ada!", "Cart: empty") // and Passport takes her for logged in
	ada.picture("3-home")
	checkCookie(t, ada.session())
	if c := ada.session(); c.Value == anonymous.Value {
		t.Error("the login kept the id from before")
	}
	ada.submit("Add", "item", "milk")
	ada.visit("/settings", "Go", "Hello, Ada!", "Cart: milk")
}

// back takes every step back, one by one; Ada stays logged in.
func (s *shop) back(t *testing.T, ada *browser) {
	s.nginx.move("step 2")
	ada.visit("/login", "Express", "Hello, Ada!")
	ada.visit("/settings", "Go", "Hello, Ada!")
	s.nginx.move("step 1")
	ada.visit("/settings", "Express", "Hello, Ada!", "Cart: milk")
	ada.submit("Change theme", "theme", "light blue")
	ada.at("/", "Express", "The theme is changed.")
	ada.visit("/dashboard", "Go", "Theme: light blue")
	before := ada.session()
	ada.open("/settings")
	ada.submit("Change password", "password", "nine red bottles") // on Express: a new id, and what is in the session stays
	ada.at("/settings", "Express", "Hello, Ada!", "Cart: milk")
	if c := ada.session(); c == nil || c.Value == before.Value {
		t.Error("Passport kept the id")
	}
	if who := s.who(t, "/dashboard", "go", before.Value); who != "" {
		t.Errorf("/dashboard with the old id is %s's", who)
	}
	ada.visit("/dashboard", "Go", "Hello, Ada!", "Cart: milk", "Theme: light blue")
	s.nginx.move("step 0")
	ada.visit("/dashboard", "Express", "Hello, Ada!", "Theme: light blue", "Cart: milk")
	ada.submit("Log out") // of a session that began on Go
	ada.turnedAway("/dashboard", "Express")
	ada.submit("Log in", "username", "Ada", "password", "nine red bottles")
	ada.at("/", "Express", "Hello, Ada!")
	ada.submit("Add", "item", "bread")
}

// step4 moves what is left; Express stands still and nobody misses it.
func (s *shop) step4(t *testing.T, ada *browser) {
	s.nginx.move("step 4")
	ada.visit("/", "Go", "Hello, Ada!", "Cart: bread")
	ada.submit("Add", "item", "butter")
	ada.at("/", "Go", "Cart: bread, butter")
	for path, title := range map[string]string{"/": "Home", "/dashboard": "Dashboard", "/settings": "Settings", "/login": "Login"} {
		ada.visit(path, "Go", title, "Hello, Ada!")
	}
	ada.picture("4-login")
	ada.open("/")
	ada.submit("Log out")
	ada.turnedAway("/dashboard", "Go")
	ada.submit("Log in", "username", "Ada", "password", "nine red bottles") // the hash is Express's
	ada.at("/", "Go", "Hello, Ada!", "Cart: empty")
	ada.submit("Add", "item", "butter")
}

// wholeWayBack goes back to Express at once.
func (s *shop) wholeWayBack(t *testing.T, ada *browser) {
	s.nginx.move("step 0")
	ada.visit("/", "Express", "Hello, Ada!", "Cart: butter")
	ada.visit("/dashboard", "Express", "Hello, Ada!")
}
