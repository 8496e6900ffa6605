package border

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

var (
	overHTTPS = map[string]string{"X-Forwarded-Proto": "https"}
	adaLogsIn = url.Values{"username": {"Ada"}, "password": {password}}
)

// TestSymptoms: what the page says of how a mistake shows is so.
func TestSymptoms(t *testing.T) {
	t.Parallel()
	s := openSides(t)
	login := request{path: "/login", form: adaLogsIn, header: overHTTPS}
	onExpress := login.send(t, s.express.port, nil)
	onGo := login.send(t, s.golang.port, nil)
	if onExpress.cookie == "" || onGo.cookie == "" {
		t.Fatalf("logins set %q and %q", onExpress.cookie, onGo.cookie)
	}
	s.is(t, "Ada", onExpress.cookie, s.express, s.golang)
	s.is(t, "Ada", onGo.cookie, s.express, s.golang)

	// nginx does not say that it was HTTPS, or is not believed.
	before := s.redis.Do("DBSIZE").(int64)
	plain := request{path: "/login", form: adaLogsIn}
	if a := plain.send(t, s.express.port, nil); a.status != http.StatusFound || a.location != "/" || a.cookie != "" {
		t.Errorf("a login on Express over HTTP: %+v", a)
	}
	after := s.redis.Do("DBSIZE").(int64)
	if after != before+1 {
		t.Errorf("Express has stored %d records over HTTP", after-before)
	}
	if a := plain.send(t, s.golang.port, nil); a.status != http.StatusInternalServerError || a.cookie != "" {
		t.Errorf("a login on Go over HTTP: %+v", a)
	}
	if n := s.redis.Do("DBSIZE").(int64); n != after {
		t.Errorf("Go has stored %d records over HTTP", n-after)
	}

	// Another secret, another database: nobody is logged in, and that is all.
	s.is(t, "", onExpress.cookie, s.startGo(t, "SESSION_SECRET=y"+secret), s.startGo(t, "REDIS_URL="+s.redis.URL(1)))

	for name, header := range map[string]map[string]string{
		"cross-site":     {"Sec-Fetch-Site": "cross-site"},
		"another origin": {"Origin": "https://evil.example"},
		"another host":   {"Origin": "https://www.shop.example"},
	} {
		post := request{path: "/settings/theme", cookie: onGo.cookie, form: url.Values{"theme": {"red"}}, header: header}
		if a := post.send(t, s.golang.port, nil); a.status != http.StatusForbidden {
			t.Errorf("%s: a form is answered with %d", name, a.status)
		}
	}

	down := s.startGo(t)
	// passport.user is of another type than Go has it.
	for _, key := range s.redis.Do("KEYS", "sess:*").([]any) {
		record := s.redis.Do("GET", key.(string)).(string)
		s.redis.Do("SET", key.(string), strings.Replace(record, `"user":1`, `"user":"1"`, 1), "KEEPTTL")
	}
	s.is(t, "", onExpress.cookie, s.golang)
	if log := s.golang.stop(); !strings.Contains(log, "session value cannot be decoded") {
		t.Errorf("the Go side has logged %q", log)
	}

	// No store, no answer: nobody may pass for logged out.
	s.redis.Stop()
	for _, path := range []string{"/", "/dashboard"} {
		a := request{path: path, cookie: onGo.cookie, header: overHTTPS}.send(t, down.port, nil)
		if a.status != http.StatusServiceUnavailable || a.cookie != "" {
			t.Errorf("%s without a store: %+v", path, a)
		}
	}
}

// TestAnotherSecret replaces the secret as the page does, in three steps of which
// one side takes each before the other.
func TestAnotherSecret(t *testing.T) {
	t.Parallel()
	s := openSides(t)
	const replacement = "mB4wT9sKxY2rQ6vNj8HcLf0ZpGdAe7Ui"
	both, swapped, alone := "SESSION_SECRET="+secret+","+replacement, "SESSION_SECRET="+replacement+","+secret, "SESSION_SECRET="+replacement
	login := request{path: "/login", form: adaLogsIn, header: overHTTPS}

	old := login.send(t, s.express.port, nil).cookie
	express, golang := s.startExpress(t, both), s.startGo(t, both)
	s.is(t, "Ada", old, express, golang)
	s.is(t, "Ada", login.send(t, golang.port, nil).cookie, s.express) // which does not know the new one yet

	later := s.startGo(t, swapped)
	s.is(t, "Ada", old, later)
	signed := login.send(t, later.port, nil).cookie // with the new one
	s.is(t, "", signed, s.express, s.golang)
	s.is(t, "Ada", signed, express, golang)

	last := s.startGo(t, alone)
	s.is(t, "Ada", signed, last)
	s.is(t, "", old, last)
}

// is checks who is logged in with a cookie, on each of some sides.
func (s *shop) is(t *testing.T, who, cookie string, sides ...side) {
	t.Helper()
	for i, side := range sides {
		a := request{path: "/dashboard", cookie: cookie, header: overHTTPS}.send(t, side.port, nil)
		if got := a.who(t); got != who {
			t.Errorf("on side %d %q is logged in, want %q", i, got, who)
		}
	}
}
