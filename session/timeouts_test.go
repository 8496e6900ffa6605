package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func read(s *session.Session) { visits.Get(s) }

// inBubble runs a test of a site where time is synctest's.
func inBubble(t *testing.T, o session.Options, f func(t *testing.T, s *site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newSite(t, o)) })
}

// alive reports whether a request with the cookie finds its session, without
// using it.
func (s *site) alive(pair string) (alive bool) {
	s.visit(visit{cookie: pair, do: func(s *session.Session) { alive = !s.IsNew(); s.Discard() }})
	return alive
}

// A session ends between IdleTimeout - TouchAfter and IdleTimeout after the
// last request that used it, changed or not, and never later.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ idle, after, atMost time.Duration }{
		{0, 0, time.Minute},                     // 24 hours
		{10 * time.Minute, 0, 30 * time.Second}, // a twentieth
		{10 * time.Minute, -1, 0},               // every request
		{10 * time.Minute, time.Minute, time.Minute},
		{10 * time.Minute, 9 * time.Minute, 5 * time.Minute}, // half at most
		{time.Second, 0, 50 * time.Millisecond},
	} {
		t.Run(fmt.Sprint(tt.idle, tt.after), func(t *testing.T) {
			t.Parallel()
			o := session.Options{IdleTimeout: tt.idle, TouchAfter: tt.after}
			idle := tt.idle
			if idle == 0 {
				idle = 24 * time.Hour
			}
			inBubble(t, o, func(t *testing.T, s *site) {
				pair := s.visit(visit{do: count}).cookie()
				id := idOf(pair)
				want(t, "new", s.expires(id), idle)
				for range 50 {
					time.Sleep(idle / 97)
					before := s.expires(id)
					s.visit(visit{cookie: pair, do: read})
					life := s.expires(id)
					// A record counts in milliseconds.
					if life <= idle-tt.atMost-time.Millisecond || life > idle || life < before {
						t.Fatalf("after a read it lives for %v, before it %v", life, before)
					}
				}
				s.visit(visit{cookie: pair, handle: func(http.ResponseWriter, *http.Request) {}})
				life := s.expires(id)
				s.visit(visit{cookie: pair, do: (*session.Session).Discard})
				want(t, "after requests that did not use it", s.expires(id), life)
				time.Sleep(life - 1)
				want(t, "alive just before", s.alive(pair), true)
				time.Sleep(time.Nanosecond)
				want(t, "alive at the very instant", s.alive(pair), false)
			})
		})
	}
}

func TestTouchAfterIsExact(t *testing.T) {
	t.Parallel()
	inBubble(t, session.Options{IdleTimeout: time.Hour, TouchAfter: time.Minute}, func(t *testing.T, s *site) {
		pair := s.visit(visit{do: count}).cookie()
		time.Sleep(time.Minute - time.Millisecond)
		want(t, "just before", s.visit(visit{cookie: pair, do: read}).calls, "get")
		time.Sleep(time.Millisecond)
		want(t, "at the instant", s.visit(visit{cookie: pair, do: read}).calls, "get,touch")
		want(t, "life", s.expires(idOf(pair)), time.Hour)
		want(t, "again", s.visit(visit{cookie: pair, do: read}).calls, "get")
		want(t, "asked for", s.visit(visit{cookie: pair, do: (*session.Session).Touch}).calls, "get,touch")
	})
}

// Neither a touch nor a read shortens what somebody else has given.
func TestTouchNeverShortens(t *testing.T) {
	t.Parallel()
	inBubble(t, session.Options{IdleTimeout: time.Hour, TouchAfter: -1}, func(t *testing.T, s *site) {
		pair := s.put(anID, expressRecord) // for 24 hours
		want(t, "calls", s.visit(visit{cookie: pair, do: read}).calls, "get")
		s.visit(visit{cookie: pair, do: (*session.Session).Touch})
		want(t, "life", s.expires(anID), 24*time.Hour)
	})
}

func TestAbsoluteTimeout(t *testing.T) {
	t.Parallel()
	const absolute = time.Hour
	o := session.Options{IdleTimeout: 10 * time.Minute, TouchAfter: -1, AbsoluteTimeout: absolute}
	ctx := t.Context()
	for name, tt := range map[string]struct {
		renewAfter time.Duration
		life       time.Duration // of a session that is used all the time
		at         map[int]func(*session.Session)
	}{
		"read":       {life: absolute},
		"renewed":    {life: absolute, at: map[int]func(*session.Session){17: func(s *session.Session) { _ = s.Renew(ctx) }}},
		"rotated":    {life: absolute, renewAfter: 7 * time.Minute},
		"reloaded":   {life: absolute, at: map[int]func(*session.Session){17: func(s *session.Session) { _ = s.Reload(ctx); _ = s.Save(ctx) }}},
		"remembered": {life: absolute, at: map[int]func(*session.Session){17: remember}},
		"cleared":    {life: absolute, at: map[int]func(*session.Session){17: (*session.Session).Clear}},
		"generated anew": {life: 17*time.Minute + absolute,
			at: map[int]func(*session.Session){17: func(s *session.Session) { count(s); _ = s.Regenerate(ctx) }}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := o
			o.RenewAfter = tt.renewAfter
			inBubble(t, o, func(t *testing.T, s *site) {
				start := time.Now()
				pair := s.visit(visit{do: count}).cookie()
				for minute := 1; time.Duration(minute)*time.Minute < tt.life; minute++ {
					time.Sleep(time.Minute)
					do := tt.at[minute]
					if do == nil {
						do = read
					}
					if !s.alive(pair) {
						t.Fatalf("it ended after %v", time.Since(start))
					}
					r := s.visit(visit{cookie: pair, do: do})
					if r.cookie() != "" {
						pair = r.cookie()
					}
				}
				time.Sleep(time.Until(start.Add(tt.life)) - 1)
				want(t, "alive just before", s.alive(pair), true)
				time.Sleep(time.Nanosecond)
				want(t, "alive at the very instant", s.alive(pair), false)
			})
		})
	}
}

// A record that somebody else has extended beyond its end is removed.
func TestAbsoluteTimeoutOfExtendedRecord(t *testing.T) {
	t.Parallel()
	inBubble(t, session.Options{AbsoluteTimeout: time.Hour}, func(t *testing.T, s *site) {
		pair := s.visit(visit{do: count}).cookie()
		id := idOf(pair)
		if err := s.store.Store.Touch(t.Context(), id, time.Now().Add(1000*time.Hour)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour - time.Millisecond)
		want(t, "alive just before", s.alive(pair), true)
		time.Sleep(time.Millisecond)
		r := s.visit(visit{cookie: pair, do: count})
		want(t, "calls", r.calls, "get,delete,create")
		want(t, "record", s.record(id), "")
	})
}

// The first request that loads a session which nobody has stamped does so, and
// from then on it counts. What is unknown in our member stays.
func TestStamp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, before, after string }{
		{"record of Express", `"views":1`, `"views":1,"sojourn":{"created":946684800000}`},
		{"no object", `"sojourn":5,"views":1`, `"sojourn":{"created":946684800000},"views":1`},
		{"of somebody else", `"sojourn":{"user":"ann","x":[ 1 ],"cookie":1},"views":1`, `"sojourn":{"user":"ann","x":[ 1 ],"cookie":1,"created":946684800000},"views":1`},
		{"not an instant", `"sojourn":{"created":"yesterday"},"views":1`, `"sojourn":{"created":946684800000},"views":1`},
		{"stamped", `"sojourn":{"created":946684700000},"views":1`, ``},
		{"stamped, escaped", `"s\u006fjourn":{"cr\u0065ated":946684700000},"views":1`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls, after := "get,save", tt.after
			if after == "" {
				calls, after = "get", tt.before
			}
			inBubble(t, session.Options{AbsoluteTimeout: time.Hour}, func(t *testing.T, s *site) {
				pair := s.put(anID, `{`+plainCookie+`,`+tt.before+`}`)
				want(t, "calls", s.visit(visit{cookie: pair, do: read}).calls, calls)
				want(t, "record", s.record(anID), `{`+plainCookie+`,`+after+`}`)
				want(t, "again", s.visit(visit{cookie: pair, do: read}).calls, "get")
			})
		})
	}
}

// Options that do not need our member do not write it, and leave what is there.
func TestNoStamp(t *testing.T) {
	t.Parallel()
	inBubble(t, plain(session.Options{}), func(t *testing.T, s *site) {
		pair := s.put(anID, `{`+plainCookie+`,"sojourn":{"created":946684700000,"user":"ann"},"views":1}`)
		s.visit(visit{cookie: pair, do: count})
		want(t, "record", s.record(anID), `{`+plainCookie+`,"sojourn":{"created":946684700000,"user":"ann"},"views":2}`)
	})
}

// A lifetime of the cookie slides as in Express: with every save, and with
// Rolling on every use; record, cookie and expiry say the same.
func TestSlidingLifetime(t *testing.T) {
	t.Parallel()
	for _, rolling := range []bool{false, true} {
		o := plain(session.Options{Rolling: rolling, TouchAfter: -1, IdleTimeout: time.Minute, Cookie: session.Cookie{MaxAge: 90*time.Minute + 250*time.Millisecond}})
		inBubble(t, o, func(t *testing.T, s *site) {
			r := s.visit(visit{do: count})
			pair, id := r.cookie(), r.id()
			check := func(what, expires, stored string) {
				t.Helper()
				attrs := ""
				if expires != "" {
					attrs = "Path=/; Expires=Sat, 01 Jan 2000 " + expires + " GMT; HttpOnly"
				}
				want(t, what+": attributes", r.attributes(), attrs)
				want(t, what+": member", strings.Contains(s.record(id), `"originalMaxAge":5400250,"expires":"2000-01-01T`+stored+`Z"`), true)
				want(t, what+": expiry", s.expires(id), 90*time.Minute+250*time.Millisecond)
			}
			check("new", "01:30:00", "01:30:00.250")
			time.Sleep(10*time.Minute + 800*time.Millisecond)
			r = s.visit(visit{cookie: pair, do: count})
			check("changed", "01:40:01", "01:40:01.050")
			time.Sleep(10 * time.Minute)
			r = s.visit(visit{cookie: pair, do: read})
			if rolling {
				check("read", "01:50:01", "01:40:01.050") // the member goes stale
			} else {
				check("read", "", "01:40:01.050")
			}
		})
	}
}

// blocked is a store that answers when its context ends.
type blocked struct{ store.Store }

func (blocked) Get(ctx context.Context, _ string) (store.Record, error) {
	<-ctx.Done()
	return store.Record{}, ctx.Err()
}

func (blocked) Create(ctx context.Context, _, _ string, _ time.Time) (store.Version, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func TestStoreTimeout(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{0, 300 * time.Millisecond} {
		expected := timeout
		if timeout == 0 {
			expected = 2 * time.Second
		}
		inBubble(t, session.Options{Store: blocked{memory.New(memory.Options{})}, StoreTimeout: timeout}, func(t *testing.T, s *site) {
			start := time.Now()
			r := s.visit(visit{cookie: signedPair(t, anID), do: func(s *session.Session) {
				if !errors.Is(s.Err(), context.DeadlineExceeded) {
					t.Errorf("Err: %v", s.Err())
				}
			}})
			want(t, "load: status", r.status, http.StatusServiceUnavailable)
			want(t, "load: time", time.Since(start), expected)
			start = time.Now()
			want(t, "create: status", s.visit(visit{do: count}).status, http.StatusServiceUnavailable)
			want(t, "create: time", time.Since(start), expected)
		})
	}
}
