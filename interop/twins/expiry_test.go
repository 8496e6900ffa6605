package twins_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// rounding is how far a store of either side may move an expiry from the instant
// it was asked for: see docs/express.md.
const rounding = time.Second

// Both sides extend a session by a touch, to the same second: from the time of the
// request on by the session's lifetime. The record is not written for it.
func touch(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	for _, tt := range []struct {
		name   string
		age    time.Duration
		cookie string
	}{
		{"with a lifetime", time.Hour, `{"originalMaxAge":3600000,"expires":"2026-01-02T03:04:05.678Z","httpOnly":true,"path":"/"}`},
		{"until the browser ends", p.ttl(0), `{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`},
	} {
		b := newBrowser(t)
		b.do(express, set("n", 1))
		data := `{"cookie":` + tt.cookie + `,"n":1}`
		for _, s := range []side{express, ours, express, ours} {
			// As if the last request was five seconds ago.
			soon := time.Now().Add(tt.age - 5*time.Second).Truncate(time.Second)
			p.put(t, b.id(), record{data, soon})
			sent := time.Now()
			b.sees(s, exactly("n", "1"))
			r, ok := p.get(t, b.id())
			if !ok || r.data != data {
				t.Errorf("%s: a touch of %v has made %q of the record", tt.name, s, r.data)
			}
			if p.touchNeedsMaxAge && s == express && tt.age == p.ttl(0) {
				if !r.expires.Equal(soon) {
					t.Errorf("%s: %v has touched after all", tt.name, s)
				}
				continue
			}
			between(t, tt.name+": expiry after a touch of "+s.String(), r.expires, sent, tt.age)
		}
	}
}

// between fails the test unless an expiry is what a request that began at sent,
// and has been answered, makes it with a lifetime.
func between(t *testing.T, what string, expires, sent time.Time, age time.Duration) {
	t.Helper()
	if first, last := sent.Add(age-rounding), time.Now().Add(age+rounding); expires.Before(first) || expires.After(last) {
		t.Errorf("%s is %v, not from %v to %v", what, expires, first, last)
	}
}

// A session's own lifetime is kept whoever uses it: expiry in the engine, in the
// record and in the cookie follow each request of both sides, with rolling and
// without.
func lifetime(t *testing.T, p *pair) {
	for _, rolling := range []bool{false, true} {
		for _, age := range []time.Duration{0, time.Hour} {
			express, ours := p.applications(t, options{MaxAge: int(age.Milliseconds()), Rolling: rolling})
			bothWays(t, express, ours, func(t *testing.T, one, other side) {
				b := newBrowser(t)
				for i, s := range []side{one, other, one, other} {
					for _, change := range []bool{true, false} {
						steps := []step{verb("originalMaxAge")}
						if change {
							steps = append(steps, set("n", i))
						}
						sent := time.Now()
						a := b.do(s, steps...)
						r, _ := p.get(t, b.id())
						if change || !p.touchNeedsMaxAge || age > 0 {
							between(t, fmt.Sprintf("expiry after request %d, of %v", i, s), r.expires, sent, p.ttl(age))
						}
						checkAge(t, a.out(0), age)
						isNew := i == 0 && change
						due := isNew || rolling || change && age > 0
						if sent := a.setCookie != ""; sent != due {
							t.Errorf("request %d, of %v: cookie sent: %t", i, s, sent)
						}
						if a.setCookie != "" {
							checkCookie(t, a.setCookie, sent, age)
						}
					}
				}
			})
		}
	}
}

// checkAge compares an originalMaxAge with what was asked for. Express reads the
// clock twice to compute it, and loses what has gone by in between.
func checkAge(t *testing.T, text string, age time.Duration) {
	t.Helper()
	if age == 0 {
		if text != "null" {
			t.Errorf("originalMaxAge is %s, not null", text)
		}
		return
	}
	ms, err := strconv.Atoi(text)
	got := time.Duration(ms) * time.Millisecond
	if err != nil || got > age || got < age-drift {
		t.Errorf("originalMaxAge is %s, not %v", text, age)
	}
}

// drift is more than Express ever loses of a lifetime in a test.
const drift = 10 * time.Second

// checkCookie compares the expiry in a cookie, in whole seconds, with that of the
// session.
func checkCookie(t *testing.T, line string, sent time.Time, age time.Duration) {
	t.Helper()
	c, err := http.ParseSetCookie(line)
	if err != nil {
		t.Fatal(err)
	}
	if age == 0 {
		if c.RawExpires != "" || c.MaxAge != 0 {
			t.Errorf("the cookie of a session that ends with the browser is %v", c)
		}
		return
	}
	if c.Expires.Before(sent.Add(age - drift)) {
		t.Errorf("the cookie expires at %v, sent at %v", c.Expires, sent)
	}
	between(t, "the cookie's expiry", c.Expires, sent.Add(-drift), age)
}

// A lifetime that one side gives to a single session ("remember me") holds on the
// other, and can be taken back there.
func remember(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	bothWays(t, express, ours, func(t *testing.T, one, other side) {
		b := newBrowser(t)
		b.do(one, set("n", 0))
		const age = 7 * 24 * time.Hour
		sent := time.Now()
		b.do(one, maxAge(age), set("n", 1))
		r, _ := p.get(t, b.id())
		between(t, "expiry", r.expires, sent, age)
		for _, s := range []side{other, one} {
			sent := time.Now()
			a := b.do(s, verb("originalMaxAge"), add("n", 1))
			checkAge(t, a.out(0), age)
			checkCookie(t, a.setCookie, sent, age)
			r, _ := p.get(t, b.id())
			between(t, "expiry after "+s.String(), r.expires, sent, age)
		}
	})
}

// A session that nobody uses any more ends for both sides at the same second, that
// of its expiry in the engine, whoever has stored it.
func expire(t *testing.T, p *pair) {
	for _, life := range []time.Duration{3 * time.Second, 20 * time.Second, 2 * time.Minute} {
		express, ours := p.applications(t, options{MaxAge: int(life.Milliseconds())})
		missed := false
		bothWays(t, express, ours, func(t *testing.T, one, _ side) {
			b := newBrowser(t)
			sent := time.Now()
			b.do(one, set("n", 1))
			if b.cookie() == "" { // the jar has let go of it
				missed = true
				return
			}
			b = b.with(b.cookie()) // which keeps it for ever
			r, ok := p.get(t, b.id())
			if !ok {
				missed = true // the machine is slower than that
				return
			}
			between(t, "expiry", r.expires, sent, life)
			// Requests that let go of their session do not extend it.
			alive, dead := map[side]bool{}, map[side]bool{}
			for deadline := r.expires.Add(patience); len(dead) < 2; time.Sleep(50 * time.Millisecond) {
				for _, s := range []side{express, ours} {
					asked := time.Now()
					got := b.do(s, get("n"), verb("discard")).out(0)
					answered := time.Now()
					switch {
					case got == "1" && asked.After(r.expires.Add(rounding)):
						t.Errorf("%v has the session %v after its expiry", s, asked.Sub(r.expires))
					case got == "undefined" && answered.Before(r.expires.Add(-rounding)):
						t.Errorf("%v has lost the session %v before its expiry", s, r.expires.Sub(answered))
					case got == "1":
						alive[s] = true
					case got == "undefined":
						dead[s] = true
					default:
						t.Errorf("%v has %s", s, got)
					}
				}
				if t.Failed() || time.Now().After(deadline) {
					t.Fatal("the session does not end as it should")
				}
			}
			if len(alive) < 2 {
				missed = true
			}
			if after, _ := p.get(t, b.id()); after.data != "" && (after.data != r.data || !after.expires.Equal(r.expires)) {
				t.Error("asking has changed the record")
			}
		})
		if !missed || t.Failed() {
			return
		}
	}
	t.Error("sessions end before anybody can look")
}
