package session_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// The documented limit, held fast: of two overlapping responses the one that
// arrives last wins whole.
func TestClientSideLosesUpdates(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { tally.Set(s, 0) })
		var both sync.WaitGroup
		both.Add(2)
		responses := make([]reply, 2)
		var served sync.WaitGroup
		for i := range responses {
			served.Go(func() {
				responses[i] = b.ask(visit{do: func(s *session.Session) {
					tally.Get(s)
					both.Done()
					both.Wait() // both have loaded
					if _, err := tally.Update(s, func(n int) int { return n + 1 }); err != nil {
						t.Error(err)
					}
				}})
			})
		}
		served.Wait()
		for _, r := range responses {
			b.take(r)
		}
		b.do(func(s *session.Session) { want(t, "two increments", tally.Get(s), 1) })
	})
}

// Ensure that a session may be used by several goroutines of a request.
func TestClientSideGoroutines(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) {
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if _, err := tally.Update(s, func(n int) int { return n + 1 }); err != nil {
						t.Error(err)
					}
					s.ID()
					if err := s.Save(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		})
		b.do(func(s *session.Session) { want(t, "increments", tally.Get(s), 8) })
	})
}

// Ensure that a session that may only travel over HTTPS is not sent over HTTP.
func TestClientSideSecure(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		set := func(s *session.Session) { word.Set(s, "x") }
		want(t, "over HTTP", strings.Contains(strings.ToLower(b.ask(visit{do: set}).setCookie), "secure"), false)
		want(t, "over HTTPS", strings.Contains(strings.ToLower(b.ask(visit{do: set, https: true}).setCookie), "secure"), true)
		o.Cookie.Secure = session.SecureAlways
		b.serve(o)
		r := b.visit(visit{do: set})
		wantErr(t, "SecureAlways over HTTP", b.err, session.ErrInsecure)
		want(t, "cookie", r.setCookie, "")
		o.Cookie, o.CookieFunc = session.Cookie{}, func(*http.Request) session.Cookie {
			return session.Cookie{SameSite: http.SameSiteNoneMode}
		}
		b.serve(o)
		b.visit(visit{do: set})
		wantErr(t, "settings that browsers refuse", b.err, session.ErrInvalidOptions)
	})
}

// Ensure that a handler that panics or takes the connection over sets no cookie.
func TestClientSideWithoutHeader(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		func() {
			defer func() { recover() }()
			b.visit(visit{do: func(s *session.Session) { word.Set(s, "x"); panic("a bug") }})
		}()
		want(t, "cookies", len(b.jar), 0)
		var kept *session.Session
		b.do(func(s *session.Session) { word.Set(s, "kept"); kept = s })
		word.Set(kept, "late")
		wantErr(t, "after the handler", kept.Save(t.Context()), session.ErrSealed)
		want(t, "session", b.read(word), "kept")
	})
}

// FuzzClientSide: whatever is signed, or sent, is a session or none, and what is
// put into one comes back.
func FuzzClientSide(f *testing.F) {
	for _, seed := range []string{"{}", `{"word":1}`, `{"sojourn":{"expires":1,"cookie":{}}}`, `{"sojourn":[],"cookie":null}`, "[", "null"} {
		f.Add(seed, "text")
	}
	signed := newCarrier(f, session.Options{ClientSide: session.ClientSideSigned, IdleTimeout: 1e15, AbsoluteTimeout: 1e15})
	sealed := newCarrier(f, session.Options{ClientSide: session.ClientSideEncrypted})
	f.Fuzz(func(t *testing.T, data, text string) {
		if len(data)+len(text) > 1000 || strings.ToValidUTF8(text, "") != text {
			return
		}
		for _, b := range []*carrier{signed, sealed} {
			b := b.with()
			b.t = t
			b.jar = signPair(t, data)
			b.do(func(s *session.Session) { word.Set(s, text) })
			if got := b.read(word); got != text {
				t.Fatalf("%q became %q", text, got)
			}
			b.jar = []string{"session=" + data, "session.sig=" + text}
			b.do(use)
		}
	})
}
