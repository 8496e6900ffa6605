package auth_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

// attack has somebody guess at an account from an address of its own, until whoever
// is not known has to wait.
func (s *site) attack(t testing.TB, name string) {
	t.Helper()
	if got := s.visitor(t).from(fmt.Sprint("203.0.113.", name[0])).guess(name, 6); got != 5 {
		t.Fatalf("the attack had %d guesses", got)
	}
}

// Ensure that while somebody guesses at an account, its owner gets in from a
// browser that has been there before, and nobody else does.
func TestKnownBrowser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		registered, loggedIn, stranger := s.visitor(t).register("Ada"), s.visitor(t), s.visitor(t)
		if !loggedIn.logsIn("ada") {
			t.Fatal("a login before the attack was refused")
		}
		registered.post("/logout")
		for range 3 {
			s.attack(t, "Ada")
			for _, v := range []*visitor{registered, loggedIn} {
				if !v.logsIn("Ada") {
					t.Error("a browser that is known has to wait for what others have failed")
				}
			}
			if stranger.logsIn("Ada") {
				t.Error("a success in a browser that is known ends the wait of others")
			}
			time.Sleep(24 * time.Hour)
		}
		// Its address does not matter either.
		spray := s.visitor(t)
		for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s t u") {
			spray.guess(name, 1)
		}
		if !registered.logsIn("Ada") || stranger.logsIn("Ada") {
			t.Error("a browser that is known has to wait for what failed from its address")
		}
	})
}

func TestBrowserCookie(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, test := range []struct {
		name   string
		change func(*auth.Options)
		addr   string
		proto  string
		cookie string // "" is none
		tls    bool
		secure bool
	}{
		{name: "plain", cookie: "known"},
		{name: "proxy", change: func(o *auth.Options) { o.TrustProxies = proxy }, addr: "10.0.0.1", proto: "https", cookie: "known", secure: true},
		{name: "TLS", tls: true, cookie: "known", secure: true},
		{name: "no proxy of ours", change: func(o *auth.Options) { o.TrustProxies = proxy }, proto: "https", cookie: "known"},
		{name: "__Host-", change: func(o *auth.Options) { o.BrowserCookie = "__Host-b" }, cookie: "__Host-b", secure: true},
		{name: "no secrets", change: func(o *auth.Options) { o.Secrets = nil }},
	} {
		s := throttled(t, test.change)
		v := s.visitor(t)
		if test.addr != "" {
			v.from(test.addr)
		}
		if test.proto != "" {
			v.header.Set("X-Forwarded-Proto", test.proto)
		}
		if test.tls {
			v.tls = &tls.ConnectionState{}
		}
		if v.login("Ada", "wrong password"); len(v.setLast) != 0 {
			t.Errorf("%s: a failed login sets cookies", test.name)
		}
		v.register("Ada")
		var set *http.Cookie
		for _, c := range v.setLast {
			if c.Name != "connect.sid" {
				set = c
			}
		}
		if set == nil {
			if test.cookie != "" {
				t.Errorf("%s: no cookie is set", test.name)
			}
			continue
		}
		left := time.Until(set.Expires)
		if set.Name != test.cookie || set.Path != "/" || set.Domain != "" || !set.HttpOnly ||
			set.SameSite != http.SameSiteLaxMode || set.Secure != test.secure ||
			left < 180*24*time.Hour-time.Minute || left > 180*24*time.Hour {
			t.Errorf("%s: set to %s=…, for %v, secure %v", test.name, set.Name, left, set.Secure)
		}
	}
}

// Ensure that a cookie that was stolen does not give any number of guesses.
func TestStolenBrowserCookie(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		owner := s.visitor(t).register("Ada")
		thief := s.visitor(t)
		thief.cookies["known"] = owner.cookies["known"]
		if got := thief.guess("Ada", 20); got != 5 {
			t.Errorf("a stolen cookie gives %d guesses", got)
		}
		time.Sleep(time.Second)
		if !owner.logsIn("Ada") {
			t.Error("the owner cannot log in")
		}
		thief.guess("Ada", 20) // which the owner does not have to wait for any more
		if !owner.logsIn("Ada") {
			t.Error("the owner has to wait for the thief")
		}
	})
}

// Ensure that a cookie that is not ours, or not for this account, or too much,
// counts as none.
func TestForeignBrowserCookies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		ada, eve := s.visitor(t).register("Ada").cookies["known"], s.visitor(t).register("Eve").cookies["known"]
		foreign := throttled(t, func(o *auth.Options) { o.Secrets = []string{"another secret of the tests"} }).
			visitor(t).register("Ada").cookies["known"]
		s.attack(t, "Ada")
		for name, value := range map[string]string{
			"none":                  "",
			"junk":                  "junk",
			"another account's":     eve,
			"another application's": foreign,
			"with a bit flipped":    flip(ada),
			"cut":                   ada[:len(ada)-1],
			"with something added":  ada + "A",
			"padded":                ada + "=",
			"spelled otherwise":     strings.Replace(ada, "A", "%41", 1),
			"twice":                 ada + ada,
			"oversized":             strings.Repeat(ada, 100),
		} {
			v := s.visitor(t)
			v.cookies["known"] = value
			if v.logsIn("Ada") {
				t.Errorf("a cookie that is %s is accepted", name)
			}
		}
		v := s.visitor(t)
		v.cookies["known"] = ada
		if !v.logsIn("Ada") {
			t.Error("the true cookie is refused")
		}
	})
}

// flip flips a bit of the MAC.
func flip(value string) string {
	i := len(value) - 10
	c := byte('A')
	if value[i] == c {
		c = 'B'
	}
	return value[:i] + string(c) + value[i+1:]
}

// CVE-2024-51996: the user in a remember-me cookie was not compared with the
// one it had been issued to. Here it is signed for one account, by its id, and
// does not contain it; parts of two cookies do not make a third.
func TestCVE2024_51996_SwappedUser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		ada, eve := s.visitor(t).register("Ada").cookies["known"], s.visitor(t).register("Eve").cookies["known"]
		s.attack(t, "Ada")
		for cut := range len(ada) {
			v := s.visitor(t)
			v.cookies["known"] = eve[:cut] + ada[cut:]
			if v.cookies["known"] != ada && v.logsIn("Ada") {
				t.Errorf("%d characters of Eve's cookie, the rest Ada's: accepted", cut)
			}
		}
	})
}

// CVE-2015-8314: a remember-me cookie could be replayed for ever. Here the
// server counts the days, whatever the browser does.
func TestCVE2015_8314_CookieForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		value := s.visitor(t).register("Ada").cookies["known"]
		for _, test := range []struct {
			after time.Duration
			known bool
		}{{179 * 24 * time.Hour, true}, {2 * 24 * time.Hour, false}, {1000 * 24 * time.Hour, false}} {
			time.Sleep(test.after)
			s.attack(t, "Ada")
			v := s.visitor(t)
			v.cookies["known"] = value
			if v.logsIn("Ada") != test.known {
				t.Errorf("after another %v: known is %v", test.after, !test.known)
			}
		}
	})
}

// Ensure that a browser is known for several accounts, but for no more than
// four: those who were there last.
func TestBrowserOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		v := s.visitor(t)
		names := []string{"Ada", "Bob", "Eve", "Ida", "Joe"}
		for _, name := range names {
			v.register(name)
		}
		v.logsIn("Bob")
		v.logsIn("Bob")
		for _, name := range names {
			s.attack(t, name)
		}
		value := v.cookies["known"]
		for _, name := range names {
			v.cookies["known"] = value
			if got := v.logsIn(name); got != (name != "Ada") {
				t.Errorf("%s is known: %v", name, got)
			}
		}
		if len(value) > 300 {
			t.Errorf("the cookie has %d bytes", len(value))
		}
	})
}

// Ensure that cookies stay good while a secret is replaced.
func TestBrowserSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		users := newInMemory()
		with := func(secrets ...string) *site {
			return throttled(t, func(o *auth.Options) { o.Accounts, o.Secrets = users, secrets })
		}
		const first, second = "the first secret of the tests", "the second secret of the tests"
		value := with(first).visitor(t).register("Ada").cookies["known"]
		for _, test := range []struct {
			secrets []string
			known   bool
		}{{[]string{second, first}, true}, {[]string{second}, false}, {nil, false}} {
			s := with(test.secrets...)
			s.attack(t, "Ada")
			v := s.visitor(t)
			v.cookies["known"] = value
			if v.logsIn("Ada") != test.known {
				t.Errorf("with %d secrets: known is %v", len(test.secrets), !test.known)
			}
			if test.known && v.cookies["known"] == value {
				t.Error("the cookie was not replaced")
			}
		}
	})
}

// Ensure that who once knew the password, and has logged in many times to be
// known for many browsers, is known for none when it has changed.
func TestHoardedBrowserCookies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		owner := s.visitor(t).register("Ada")
		var hoard []*visitor
		for range 5 {
			thief := s.visitor(t)
			thief.login("Ada", password)
			hoard = append(hoard, thief)
		}
		const replacement = "another password"
		if status := owner.change(password, replacement); status != http.StatusOK {
			t.Fatalf("changing the password: %d", status)
		}
		looked := 0
		for _, thief := range hoard {
			looked += thief.guess("Ada", 10)
		}
		if looked > 5 {
			t.Errorf("%d guesses were looked at", looked)
		}
		if status, _ := owner.login("Ada", replacement); status != http.StatusOK {
			t.Errorf("the owner's browser is not known any more: %d", status)
		}
	})
}
