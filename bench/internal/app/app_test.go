package app

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

// Each library's routes do what they say.
func TestRoutes(t *testing.T) {
	for _, l := range Libraries() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			c := l.Build(Config{}).Client()
			send := func(route Route, cookie string) {
				t.Helper()
				c.Send(route, cookie)
				if c.Status() != http.StatusOK || c.Answer() != "ok" {
					t.Fatalf("%v: %d %q", route, c.Status(), c.Answer())
				}
			}
			if l.Has(Pass) {
				send(Pass, "")
			}
			if !l.Sessions() && l.Name != Floor {
				return
			}

			send(Create, "")
			cookie, set := c.Cookie()
			if !set || len(cookie) < 16 {
				t.Fatalf("create set the cookie %q, %v", cookie, set)
			}
			other := cookie
			send(Create, "")
			// Of two cookies of one second that hold everything, both are the same.
			if other, _ = c.Cookie(); other == cookie && l.Server {
				t.Fatal("two sessions have one cookie")
			}
			for range 3 {
				if l.Has(Pass) {
					send(Pass, cookie)
				}
				send(Read, cookie)
			}
			if l.Server {
				for _, wrong := range []string{"x=y", cookie[:len(cookie)-9] + "AAAAAAAAA"} {
					if c.Send(Read, wrong); c.Status() == http.StatusOK {
						t.Errorf("read something with the cookie %q", wrong)
					}
				}
			}
			for range 3 {
				send(ReadWrite, cookie)
				cookie = jar(cookie, c)
			}
			send(Read, cookie)
			if l.Name != Floor {
				asked(t, c, cookie, other)
			}
		})
	}
}

func asked(t *testing.T, c Client, cookie, other string) {
	ask := func(route Route, key string, value int, want string) {
		t.Helper()
		c.Ask(route, cookie, key, value)
		if got := c.Answer(); c.Status() != http.StatusOK || got != want {
			t.Fatalf("%v %s: %d %q, want %q", route, key, c.Status(), got, want)
		}
		cookie = jar(cookie, c)
	}
	ask(Look, NumberKey, 0, strconv.Itoa(Number+3))
	ask(Look, UserKey, 0, User)
	ask(Look, RoleKey, 0, Role)
	ask(Look, "a", 0, "none")
	ask(Write, "a", 1000000, "ok")
	ask(Look, "a", 0, "1000000")
	ask(Count, "a", 0, "ok")
	ask(Count, "b", 0, "ok")
	ask(Look, "a", 0, "1000001")
	ask(Look, "b", 0, "1")
	ask(Logout, "", 0, "ok")
	if cookie != "" {
		t.Errorf("after logout the cookie is %q", cookie)
	}
	if c.Send(Read, cookie); c.Status() == http.StatusOK {
		t.Error("logged in after logout")
	}
	if c.Ask(Look, other, NumberKey, 0); c.Answer() != strconv.Itoa(Number) {
		t.Errorf("the other session's number is %q", c.Answer())
	}
}

// A session is gone after the lifetime of the application that made it.
func TestLifetime(t *testing.T) {
	for _, l := range Libraries() {
		if !l.Expires {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			sweep := time.Second // icza's sessions end when they are swept
			if l.Name == "go-session" {
				sweep = 0 // its sweep races with its requests
			}
			long := l.Build(Config{Sweep: sweep})
			c := long.Client()
			c.Send(Create, "")
			lasting, _ := c.Cookie()
			short := long.WithLifetime(2 * time.Second).Client()
			short.Send(Create, "")
			shared, _ := short.Cookie()
			if c.Send(Read, shared); c.Status() != http.StatusOK {
				t.Error("the two do not share their sessions")
			}
			short.Send(Create, "")
			passing, _ := short.Cookie()
			time.Sleep(4 * time.Second) // these libraries have clocks of their own, of seconds
			if c.Send(Read, passing); c.Status() == http.StatusOK {
				t.Error("alive after its lifetime")
			}
			if c.Send(Read, lasting); c.Status() != http.StatusOK {
				t.Error("gone before its time")
			}
		})
	}
}

func TestNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range Libraries() {
		if seen[l.Name] {
			t.Errorf("two libraries are called %q", l.Name)
		}
		seen[l.Name] = true
		if found, ok := Find(l.Name); !ok || found.Name != l.Name {
			t.Errorf("%q is not found", l.Name)
		}
		if _, ok := Find(l.Bare); l.Bare != "" && !ok {
			t.Errorf("%s: no %q", l.Name, l.Bare)
		}
	}
}

// jar returns the cookie that a browser has after a response.
func jar(cookie string, c Client) string {
	if now, set := c.Cookie(); set {
		return now
	}
	return cookie
}
