package session_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

const renewAfter = 10 * time.Minute

var renewing = session.Options{RenewAfter: renewAfter, IdleTimeout: 2 * time.Hour, TouchAfter: time.Hour}

// rotated returns a site where the session of the first cookie has just got
// the id of the second.
func rotated(t *testing.T, s *site) (old, current string) {
	t.Helper()
	old = s.visit(visit{do: count}).cookie()
	time.Sleep(renewAfter)
	current = s.visit(visit{cookie: old, do: read}).cookie()
	if current == "" || current == old {
		t.Fatalf("the cookie is %q", current)
	}
	return old, current
}

// views returns what a request with the cookie counts.
func (s *site) views(pair string) (n int) {
	s.visit(visit{cookie: pair, do: func(s *session.Session) { n = visits.Get(s); s.Discard() }})
	return n
}

func TestRenewAfter(t *testing.T) {
	t.Parallel()
	inBubble(t, renewing, func(t *testing.T, s *site) {
		old := s.visit(visit{do: count}).cookie()
		time.Sleep(renewAfter - time.Millisecond)
		want(t, "just before", s.visit(visit{cookie: old, do: read}).calls, "get")
		time.Sleep(time.Millisecond)
		r := s.visit(visit{cookie: old, do: count})
		want(t, "at the instant", r.calls, "get,create,save")
		current := r.cookie()
		want(t, "attributes", r.attributes(), "Path=/; HttpOnly; SameSite=Lax")
		want(t, "what was changed", s.views(current), 2)
		want(t, "the next request", s.visit(visit{cookie: current, do: read}).calls, "get")
		time.Sleep(renewAfter - time.Millisecond)
		want(t, "just before the next", s.visit(visit{cookie: current, do: read}).setCookie, "")
		time.Sleep(time.Millisecond)
		next := s.visit(visit{cookie: current, do: read})
		if next.id() == "" || next.id() == idOf(current) {
			t.Errorf("the next: %q", next.setCookie)
		}
		if got := s.record(next.id()); !regexp.MustCompile(`,"views":2,"sojourn":\{"created":946684800000,"renewed":946686000000\}\}$`).MatchString(got) {
			t.Errorf("record: %s", got)
		}
	})
}

// For a minute the old id leads to the session under its new one, and whoever
// comes that way is told.
func TestForwarding(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, tt := range map[string]struct {
		do     func(*session.Session)
		calls  string
		views  int // -1: it has ended
		cookie bool
	}{
		"read":    {read, "get,get,touch,get", 1, true},
		"change":  {count, "get,get,save", 2, true},
		"save":    {func(s *session.Session) { _ = s.Save(ctx) }, "get,get,save,touch,get", 1, true},
		"discard": {(*session.Session).Discard, "get,get", 1, false},
		"destroy": {func(s *session.Session) { _ = s.Destroy(ctx) }, "get,get,delete", -1, false},
		"renew":   {func(s *session.Session) { _ = s.Renew(ctx) }, "get,get,create,delete", -1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, renewing, func(t *testing.T, s *site) {
				old, current := rotated(t, s)
				time.Sleep(time.Minute - time.Millisecond)
				r := s.visit(visit{cookie: old, do: tt.do})
				want(t, "status", r.status, http.StatusOK)
				want(t, "calls", r.calls, tt.calls)
				if tt.cookie {
					want(t, "cookie", r.cookie(), current)
				}
				if tt.views < 0 {
					want(t, "alive", s.alive(current), false)
					want(t, "alive by the old id", s.alive(old), false)
				} else {
					want(t, "views", s.views(current), tt.views)
				}
				time.Sleep(time.Millisecond)
				want(t, "alive by the old id after a minute", s.alive(old), false)
			})
		})
	}
}

// What the old id's record holds is of no use to who reads the store, and to
// Express it is a session without data.
func TestForwardingRecord(t *testing.T) {
	t.Parallel()
	inBubble(t, renewing, func(t *testing.T, s *site) {
		old, current := rotated(t, s)
		data := s.record(idOf(old))
		shape := regexp.MustCompile(`^\{"cookie":\{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"\},` +
			`"sojourn":\{"forward":"[A-Za-z0-9_-]+","until":946685460000\}\}$`)
		if !shape.MatchString(data) || strings.Contains(data, idOf(current)) {
			t.Errorf("record: %s", data)
		}
		want(t, "life", s.expires(idOf(old)), time.Minute)

		pair := s.put("another-id", data)
		want(t, "under another id it leads nowhere", s.alive(pair), false)

		// A touch, as by a request in flight or by Express, does not prolong it.
		if err := s.store.Store.Touch(t.Context(), idOf(old), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute - time.Millisecond)
		want(t, "just before the end", s.alive(old), true)
		time.Sleep(time.Millisecond)
		want(t, "at the end", s.alive(old), false)
		r := s.visit(visit{cookie: old, do: count})
		if r.id() == idOf(old) || r.id() == idOf(current) || s.views(r.cookie()) != 1 {
			t.Errorf("after the end: %q", r.setCookie)
		}
	})
}

func TestForwardingAfterSecretRotation(t *testing.T) {
	t.Parallel()
	inBubble(t, renewing, func(t *testing.T, s *site) {
		old, current := rotated(t, s)
		o := renewing
		o.Store = s.store.Store
		for _, tt := range []struct {
			secrets []string
			alive   bool
		}{
			{[]string{"a newer secret, in front", siteSecret}, true},
			{[]string{"a newer secret, alone"}, false},
		} {
			o.Secrets = tt.secrets
			other := newSite(t, o)
			want(t, "followed", other.alive(signedPair(t, idOf(old), tt.secrets...)), tt.alive)
			want(t, "by its own id", other.alive(signedPair(t, idOf(current), tt.secrets...)), true)
		}
	})
}

// A request can sleep through a few renewals.
func TestForwardingChain(t *testing.T) {
	t.Parallel()
	o := renewing
	o.RenewAfter = 10 * time.Second
	inBubble(t, o, func(t *testing.T, s *site) {
		pairs := []string{s.visit(visit{do: count}).cookie()}
		for range 5 {
			time.Sleep(10 * time.Second)
			pairs = append(pairs, s.visit(visit{cookie: pairs[len(pairs)-1], do: count}).cookie())
		}
		for i, pair := range pairs {
			want(t, "alive by an old id", s.alive(pair), i > 0) // the first is five renewals old
		}
		want(t, "views", s.views(pairs[5]), 6)
		r := s.visit(visit{cookie: pairs[1], do: read})
		want(t, "cookie", r.cookie(), pairs[5])
	})
}

// Responses that may not reach who keeps the cookie do not renew.
func TestRenewAfterWaits(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]visit{
		"HEAD":               {method: "HEAD", do: read},
		"304":                {status: http.StatusNotModified, do: read},
		"prefetch":           {header: http.Header{"Sec-Purpose": {"prefetch"}}, do: read},
		"prerender":          {header: http.Header{"Sec-Purpose": {"prefetch;prerender"}}, do: read},
		"prefetch, old name": {header: http.Header{"Purpose": {"prefetch"}}, do: read},
		"discarded":          {do: (*session.Session).Discard},
		"not asked for":      {handle: func(http.ResponseWriter, *http.Request) {}},
		"after the header": {handle: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			count(session.From(r))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, renewing, func(t *testing.T, s *site) {
				pair := s.visit(visit{do: count}).cookie()
				time.Sleep(renewAfter)
				v := v
				v.cookie = pair
				r := s.visit(v)
				want(t, "cookie", r.setCookie, "")
				want(t, "create", strings.Contains(r.calls, "create"), false)
				want(t, "alive", s.alive(pair), true)
				want(t, "the next renews", s.visit(visit{cookie: pair, do: read}).calls, "get,create,save")
			})
		})
	}
}

// A Secure session is not renewed where its cookie cannot go.
func TestRenewAfterInsecurely(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]session.Secure{"always": session.SecureAlways, "automatically": session.SecureAuto} {
		o := renewing
		o.Cookie.Secure = secure
		inBubble(t, o, func(t *testing.T, s *site) {
			pair := s.visit(visit{https: true, do: count}).cookie()
			time.Sleep(renewAfter)
			r := s.visit(visit{cookie: pair, do: count})
			want(t, name+": calls", r.calls, "get,save")
			want(t, name+": status", r.status, http.StatusOK)
			want(t, name+": cookie", r.setCookie, "")
			want(t, name+": over HTTPS", s.visit(visit{https: true, cookie: pair, do: read}).calls, "get,create,save")
		})
	}
}

// Whoever has no stamp is not renewed but stamped; the age counts from then.
func TestRenewAfterOfUnstamped(t *testing.T) {
	t.Parallel()
	inBubble(t, renewing, func(t *testing.T, s *site) {
		pair := s.put(anID, expressRecord)
		time.Sleep(time.Hour)
		want(t, "first", s.visit(visit{cookie: pair, do: read}).calls, "get,save")
		time.Sleep(renewAfter - time.Millisecond)
		want(t, "just before", s.visit(visit{cookie: pair, do: read}).calls, "get")
		time.Sleep(time.Millisecond)
		want(t, "then", s.visit(visit{cookie: pair, do: read}).calls, "get,create,save")
	})
}

// An explicit Renew starts the age again, and its old id leads nowhere.
func TestRenewRestartsRenewAfter(t *testing.T) {
	t.Parallel()
	inBubble(t, renewing, func(t *testing.T, s *site) {
		old := s.visit(visit{do: count}).cookie()
		time.Sleep(renewAfter / 2)
		pair := s.visit(visit{cookie: old, do: func(s *session.Session) { _ = s.Renew(context.Background()) }}).cookie()
		want(t, "alive by the old id", s.alive(old), false)
		time.Sleep(renewAfter - time.Millisecond)
		want(t, "just before", s.visit(visit{cookie: pair, do: read}).calls, "get")
		time.Sleep(time.Millisecond)
		want(t, "then", s.visit(visit{cookie: pair, do: read}).calls, "get,create,save")
	})
}

// A renewal that fails costs the response nothing, and what was changed is
// stored where the session is.
func TestRenewAfterFails(t *testing.T) {
	t.Parallel()
	o := renewing
	taken := ""
	o.GenerateID = func(*http.Request) (string, error) {
		if taken == "" {
			taken = "taken"
		}
		return taken, nil
	}
	inBubble(t, o, func(t *testing.T, s *site) {
		pair := s.visit(visit{do: count}).cookie()
		time.Sleep(renewAfter)
		r := s.visit(visit{cookie: pair, do: count})
		want(t, "calls", r.calls, "get,create,save")
		want(t, "cookie", r.setCookie, "")
		want(t, "views", s.views(pair), 2)
	})
}
