package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

func (v *visitor) carry() string { return v.send(http.MethodGet, "/carry", "").Header().Get("Carried") }

func (v *visitor) restore(carried string) bool {
	return v.send(http.MethodGet, "/restore?browser="+carried, "").Code == http.StatusOK
}

// A browser that was told to forget everything is known again, with the waits
// that it had.
func TestCarryBrowser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		v := s.visitor(t).register("Ada")
		value, carried := v.cookies["known"], v.carry()
		if carried == "" || strings.Contains(carried, value) || strings.Contains(value, carried) {
			t.Fatalf("carried as %q", carried)
		}
		v.cookies = map[string]string{}
		if !v.restore(carried) || v.cookies["known"] != value {
			t.Fatalf("the cookie is %q, want %q", v.cookies["known"], value)
		}
		if c := v.setLast[0]; !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie: %s", c.Raw)
		}
		s.attack(t, "Ada")
		if !v.logsIn("Ada") {
			t.Error("the browser is not known")
		}
	})
}

// Whoever has an account can make a link that carries his own browser's cookie.
// It does not make others forget their browser.
func TestCarryBrowserAddsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		v, eve := s.visitor(t).register("Ada"), s.visitor(t).register("Eve")
		for range 2 { // the second finds nothing new
			if !v.restore(eve.carry()) {
				t.Fatal("the browser was not restored")
			}
		}
		s.attack(t, "Ada")
		if !v.logsIn("Ada") {
			t.Error("a link has taken away that the browser is known")
		}
		s.attack(t, "Eve")
		if !v.logsIn("Eve") {
			t.Error("what was carried is lost")
		}
	})
}

func TestCarryBrowserRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		v := s.visitor(t)
		if carried := v.carry(); carried != "" {
			t.Errorf("a browser that is not known is carried as %q", carried)
		}
		v.register("Ada")
		value, carried := v.cookies["known"], v.carry()
		other := throttled(t, func(o *auth.Options) { o.Secrets = []string{"other secrets than those of the site"} }).visitor(t).register("Ada")
		for name, carried := range map[string]string{
			"nothing": "", "junk": "%zz", "the cookie": value, "cut off": carried[:len(carried)-2], "too much": carried + carried,
			"changed": strings.Map(func(r rune) rune { return r ^ 1 }, carried[:1]) + carried[1:], "very much": strings.Repeat("A", 4096),
			"another site's": other.carry(),
		} {
			if stranger := s.visitor(t); stranger.restore(carried) || len(stranger.cookies) > 0 {
				t.Errorf("%s makes a browser known: %v", name, stranger.cookies)
			}
		}
		time.Sleep(time.Minute)
		if s.visitor(t).restore(carried) {
			t.Error("it holds for more than a minute")
		}
	})
}
