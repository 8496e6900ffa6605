package twins_test

import (
	"strings"
	"testing"
)

// Whoever has logged in on one side is known on the other, in the shape of
// passport, be the user's id a string, a number or an object.
func logIn(t *testing.T, p *pair) {
	for _, tt := range []struct {
		options
		users []string
	}{
		{options{}, []string{`"ann"`, `42`, `{"name":"bé😀","roles":["a","b"]}`}},
		{options{MaxAge: 3600_000}, []string{`"ann"`}},
	} {
		express, ours := p.applications(t, tt.options)
		bothWays(t, express, ours, func(t *testing.T, one, other side) {
			b := newBrowser(t)
			for _, user := range tt.users {
				b.do(one, set("cart", []string{"book"}))
				before := b.cookie()
				b.post(one, "/login", raw(user))
				if b.cookie() == before || b.id() == "" {
					t.Fatal("the login has not changed the id")
				}
				for _, s := range []side{one, other, one} {
					if got := b.post(s, "/me", nil); got.out(0) != user || got.ID != b.id() {
						t.Errorf("%v takes %s of %v for %s", s, user, one, got.out(0))
					}
				}
				b.sees(other, exactly("passport", `{"user":`+user+`}`))
				// And what one adds the other has at once.
				b.do(other, set("seen", true))
				b.sees(one, exactly("seen", "true"), exactly("passport", `{"user":`+user+`}`))
				thief := b.with(before)
				for _, s := range []side{one, other} {
					if got := thief.post(s, "/me", nil).out(0); got != "null" {
						t.Errorf("the id from before the login is %s for %v", got, s)
					}
				}
			}
		})
	}
}

// Whoever has logged out on one side is unknown on the other from the next
// request on, with the cookie too, which Express does not clear.
func logOut(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	bothWays(t, express, ours, func(t *testing.T, one, other side) {
		for _, where := range []side{one, other} {
			b := newBrowser(t)
			b.post(where, "/login", "ann")
			kept := b.with(b.cookie())
			b.post(one, "/logout", nil)
			if _, ok := p.get(t, kept.id()); ok {
				t.Errorf("after the logout at %v the record is there", one)
			}
			for _, b := range []*browser{b, kept} {
				for _, s := range []side{other, one} {
					if got := b.post(s, "/me", nil).out(0); got != "null" {
						t.Errorf("after the logout at %v, %v takes the browser for %s", one, s, got)
					}
				}
			}
			// A dead id is not adopted: what is put in goes under another.
			dead := kept.id()
			kept.do(other, set("a", 1))
			if kept.id() == dead {
				t.Errorf("%v has adopted the id of a session that has ended", other)
			}
		}
	})
}

// A session that one side gives a new id is found under it by the other, and not
// under the old one. What is put in before is gone, what is put in afterwards there.
func regenerate(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	bothWays(t, express, ours, func(t *testing.T, one, other side) {
		b := newBrowser(t)
		b.do(other, set("a", 1))
		old := b.with(b.cookie())
		a := b.do(one, verb("regenerate"), set("b", 2))
		if a.ID != b.id() || b.id() == old.id() || !strings.Contains(a.setCookie, cookieName) {
			t.Errorf("%v has sent the cookie of %q, and the id is %q", one, b.id(), a.ID)
		}
		for _, s := range []side{other, one} {
			b.sees(s, exactly("a", "undefined"), exactly("b", "2"))
			old.sees(s, exactly("a", "undefined"), exactly("b", "undefined"))
		}
		if _, ok := p.get(t, old.id()); ok {
			t.Error("the record of the old id is still there")
		}
		if r, ok := p.get(t, b.id()); !ok || r.data != `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"b":2}` {
			t.Errorf("the record of the new id is %q", r.data)
		}
	})
}

// Secrets are replaced step by step while both run, and nobody is logged out
// before the old secret is taken away.
func rotateSecrets(t *testing.T, p *pair) {
	const first, second = "the secret of last year", "the secret of this year"
	express, ours := p.applications(t, options{Secrets: []string{first}})
	sides := []side{express, ours}
	var browsers []*browser
	visitor := func(s side) {
		b := newBrowser(t)
		b.do(s, set("a", 1))
		browsers = append(browsers, b)
	}
	stay := func(when string) {
		t.Helper()
		for i, b := range browsers {
			before := b.cookie()
			for _, s := range sides {
				if got := b.do(s, get("a"), add("n", 1)).out(0); got != "1" {
					t.Fatalf("%s: browser %d has %s at %v", when, i, got, s)
				}
			}
			if b.cookie() != before {
				t.Errorf("%s: the cookie of browser %d was signed anew", when, i)
			}
		}
	}
	for _, s := range sides {
		visitor(s)
	}
	for _, s := range sides { // both have to know the second before one signs with it
		s.rotate(t, first, second)
		stay("the second is known to " + s.String())
	}
	for _, s := range sides {
		s.rotate(t, second, first)
		visitor(s)
		stay(s.String() + " signs with the second")
	}
	for _, s := range sides {
		s.rotate(t, second)
	}
	for i, b := range browsers {
		known := "1"
		if i < 2 {
			known = "undefined" // signed with the first
		}
		for _, s := range sides {
			b.sees(s, exactly("a", known))
		}
	}
}
