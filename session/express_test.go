package session_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// The bytes that express-session 1.19.0 produces with the same secret and id.
func TestExpressBytes(t *testing.T) {
	t.Parallel()
	s := newSite(t, plain(session.Options{
		Secrets: []string{"keyboard cat"}, AllowWeakSecrets: true,
		GenerateID: func(*http.Request) (string, error) { return "apple", nil },
	}))
	r := s.visit(visit{do: count})
	want(t, "cookie", r.setCookie, "connect.sid=s%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU; Path=/; HttpOnly")
	want(t, "record", s.record("apple"), `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"views":1}`)
	want(t, "Cache-Control", r.header.Get("Cache-Control"), "private")
	want(t, "Vary", r.header.Get("Vary"), "Cookie")
}

// A cookie that an older secret signed is accepted and not sent again.
func TestSecretRotation(t *testing.T) {
	t.Parallel()
	const older = "the secret of last year"
	s := newSite(t, plain(session.Options{Secrets: []string{siteSecret, older}}))
	s.put(anID, expressRecord)
	r := s.visit(visit{cookie: signedPair(t, anID, older), do: count})
	want(t, "calls", r.calls, "get,save")
	want(t, "cookie", r.setCookie, "")
	r = s.visit(visit{cookie: signedPair(t, anID, older), do: func(s *session.Session) { _ = s.Renew(t.Context()) }})
	want(t, "the first signs", r.cookie(), signedPair(t, r.id()))
	want(t, "another", s.visit(visit{cookie: signedPair(t, r.id(), "no secret of this site"), do: count}).calls, "create")
}

// steps are what the handlers of the state tables do with a session.
var steps = map[string]func(context.Context, *session.Session){
	"nothing":             func(context.Context, *session.Session) {},
	"read":                func(_ context.Context, s *session.Session) { visits.Get(s) },
	"modify":              func(_ context.Context, s *session.Session) { count(s) },
	"revert":              func(_ context.Context, s *session.Session) { count(s); visits.Set(s, visits.Get(s)-1); dropZero(s) },
	"touch":               func(_ context.Context, s *session.Session) { s.Touch() },
	"cookie":              func(_ context.Context, s *session.Session) { remember(s) },
	"save":                func(ctx context.Context, s *session.Session) { _ = s.Save(ctx) },
	"modify, save":        func(ctx context.Context, s *session.Session) { count(s); _ = s.Save(ctx) },
	"save, modify":        func(ctx context.Context, s *session.Session) { _ = s.Save(ctx); count(s) },
	"reload":              func(ctx context.Context, s *session.Session) { _ = s.Reload(ctx) },
	"reload, save":        func(ctx context.Context, s *session.Session) { _ = s.Reload(ctx); count(s); _ = s.Save(ctx) },
	"destroy":             func(ctx context.Context, s *session.Session) { _ = s.Destroy(ctx) },
	"modify, destroy":     func(ctx context.Context, s *session.Session) { count(s); _ = s.Destroy(ctx) },
	"destroy, modify":     func(ctx context.Context, s *session.Session) { _ = s.Destroy(ctx); count(s) },
	"discard":             func(_ context.Context, s *session.Session) { count(s); s.Discard() },
	"regenerate":          func(ctx context.Context, s *session.Session) { _ = s.Regenerate(ctx) },
	"regenerate, modify":  func(ctx context.Context, s *session.Session) { _ = s.Regenerate(ctx); count(s) },
	"regenerate, save":    func(ctx context.Context, s *session.Session) { _ = s.Regenerate(ctx); _ = s.Save(ctx) },
	"regenerate, discard": func(ctx context.Context, s *session.Session) { _ = s.Regenerate(ctx); s.Discard() },
	"renew":               func(ctx context.Context, s *session.Session) { _ = s.Renew(ctx) },
	"renew, save":         func(ctx context.Context, s *session.Session) { _ = s.Renew(ctx); _ = s.Save(ctx) },
}

func dropZero(s *session.Session) {
	if visits.Get(s) == 0 {
		visits.Delete(s)
	}
}

// outcome is what a request leads to: calls of the store, and with a + the
// session's cookie, with a - the end of it.
func (s *site) outcome(t *testing.T, step, pair string) string {
	t.Helper()
	r := s.visit(visit{cookie: pair, do: func(s *session.Session) { steps[step](t.Context(), s) }})
	want(t, step+": status", r.status, http.StatusOK)
	switch {
	case r.setCookie == "":
		return r.calls
	case r.id() == "":
		return r.calls + " -"
	}
	return r.calls + " +"
}

// The state table of express-session for requests without a session. Where it
// differs the comment says what Express does.
func TestExpressStatesOfNewSession(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ step, uninitialized, initialized string }{
		{"nothing", "create +", ""},
		{"read", "create +", ""},
		{"modify", "create +", "create +"},
		{"revert", "create +", ""},
		{"touch", "create +", ""},
		{"cookie", "create +", "create +"}, // the second: not stored
		{"save", "create +", "create +"},   // the second: stored without a cookie
		{"modify, save", "create +", "create +"},
		{"save, modify", "create,save +", "create,save +"},
		{"destroy", "", ""}, // the store is called
		{"modify, destroy", "", ""},
		{"destroy, modify", "create +", "create +"}, // fails
		{"discard", "", ""},
		{"regenerate", "create +", "create +"},
		{"regenerate, modify", "create +", "create +"},
		{"regenerate, save", "create +", "create +"}, // stored twice
		{"regenerate, discard", "", ""},
		{"renew", "create +", ""},
		{"renew, save", "create +", "create +"},
	} {
		for _, rolling := range []bool{false, true} {
			for _, o := range []session.Options{{}, {Resave: true}, {Eager: true}, {TouchAfter: -1}, {TouchAfter: -1, Eager: true, Resave: true}} {
				o.Rolling = rolling
				want(t, row.step, newSite(t, plain(o)).outcome(t, row.step, ""), row.initialized)
				o.SaveUninitialized = true
				want(t, row.step+", uninitialized", newSite(t, plain(o)).outcome(t, row.step, ""), row.uninitialized)
			}
		}
	}
}

// The state table of express-session for a request with a session.
func TestExpressStatesOfLoadedSession(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ step, resave, touching, lazily string }{
		{"read", "get,save", "get,touch", "get"},
		{"modify", "get,save", "get,save", "get,save"},
		{"revert", "get,save", "get,touch", "get"},
		{"touch", "get,save", "get,touch", "get,touch"},
		{"cookie", "get,save +", "get,save +", "get,save +"}, // without a cookie, and the second touches
		{"save", "get,save,touch", "get,save,touch", "get,save"},
		{"modify, save", "get,save,touch", "get,save,touch", "get,save"},
		{"save, modify", "get,save,save", "get,save,save", "get,save,save"},
		{"reload", "get,get,save", "get,get,touch", "get,get"},
		{"reload, save", "get,get,save,touch", "get,get,save,touch", "get,get,save"},
		{"destroy", "get,delete -", "get,delete -", "get,delete -"}, // the cookie stays
		{"modify, destroy", "get,delete -", "get,delete -", "get,delete -"},
		{"destroy, modify", "get,delete,create +", "get,delete,create +", "get,delete,create +"}, // fails
		{"discard", "get", "get", "get"},
		{"regenerate", "get,create,delete +", "get,create,delete +", "get,create,delete +"}, // the other way round
		{"regenerate, modify", "get,create,delete +", "get,create,delete +", "get,create,delete +"},
		{"regenerate, save", "get,create,delete +", "get,create,delete +", "get,create,delete +"}, // stored twice
		{"regenerate, discard", "get", "get", "get"},
		{"renew", "get,create,delete +", "get,create,delete +", "get,create,delete +"},
		{"renew, save", "get,create,delete +", "get,create,delete +", "get,create,delete +"},
	} {
		for _, tt := range []struct {
			name, want string
			o          session.Options
		}{
			{"resave", row.resave, session.Options{Resave: true, TouchAfter: -1, Eager: true}},
			{"touching", row.touching, session.Options{TouchAfter: -1}},
			{"eager", row.touching, session.Options{TouchAfter: -1, Eager: true}},
			{"lazily", row.lazily, session.Options{}},
		} {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, plain(tt.o))
				pair := s.put(anID, expressRecord)
				time.Sleep(time.Millisecond)
				want(t, tt.name+", "+row.step, s.outcome(t, row.step, pair), tt.want)
			})
		}
	}
}

// When the cookie of a loaded session is sent again.
func TestExpressSetCookieOfLoadedSession(t *testing.T) {
	t.Parallel()
	const lasting = `{"cookie":{"originalMaxAge":86400000,"expires":"2000-01-02T00:00:00.000Z","httpOnly":true,"path":"/"},"views":1}`
	for _, row := range []struct{ record, step, still, rolling string }{
		{expressRecord, "read", "get", "get,touch +"},
		{expressRecord, "revert", "get", "get,touch +"},
		{expressRecord, "modify", "get,save", "get,save +"},
		{expressRecord, "save", "get,save", "get,save,touch +"},
		{expressRecord, "discard", "get", "get"},
		{expressRecord, "cookie", "get,save +", "get,save +"}, // the first: no cookie
		{lasting, "read", "get", "get,touch +"},
		{lasting, "modify", "get,save +", "get,save +"},
		{lasting, "save", "get,save,touch +", "get,save,touch +"}, // the first: no cookie, as nothing was modified
		{lasting, "cookie", "get,save +", "get,save +"},
		{lasting, "destroy", "get,delete -", "get,delete -"},
	} {
		for _, rolling := range []bool{false, true} {
			s := newSite(t, plain(session.Options{Rolling: rolling}))
			expected := row.still
			if rolling {
				expected = row.rolling
			}
			want(t, row.step, s.outcome(t, row.step, s.put(anID, row.record)), expected)
		}
	}
}

// Resave stores what has not changed, which is no reason to send the cookie.
func TestResaveSendsNoCookie(t *testing.T) {
	t.Parallel()
	const lasting = `{"cookie":{"originalMaxAge":86400000,"expires":"2000-01-02T00:00:00.000Z","httpOnly":true,"path":"/"},"views":1}`
	for step, expected := range map[string]string{"read": "get,save", "revert": "get,save", "reload": "get,get,save", "modify": "get,save +"} {
		s := newSite(t, plain(session.Options{Resave: true}))
		want(t, step, s.outcome(t, step, s.put(anID, lasting)), expected)
		s = newSite(t, plain(session.Options{Resave: true, Rolling: true}))
		want(t, step+", rolling", s.outcome(t, step, s.put(anID, lasting)), strings.TrimSuffix(expected, " +")+" +")
	}
}

// Without Eager a request that does not ask for its session costs no call; with
// it, it is loaded and touched.
func TestEager(t *testing.T) {
	t.Parallel()
	nobody := func(http.ResponseWriter, *http.Request) {}
	for _, tt := range []struct {
		o           session.Options
		known, none string
	}{
		{session.Options{}, "", ""},
		{session.Options{TouchAfter: -1, Rolling: true, Resave: true, SaveUninitialized: true}, "", ""},
		{session.Options{Eager: true}, "get", ""},
		{session.Options{Eager: true, TouchAfter: -1}, "get,touch", ""},
		{session.Options{Eager: true, SaveUninitialized: true}, "get", "create"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, tt.o)
			pair := s.put(anID, expressRecord)
			time.Sleep(time.Millisecond)
			want(t, "with a session", s.visit(visit{cookie: pair, handle: nobody}).calls, tt.known)
			want(t, "without", s.visit(visit{handle: nobody}).calls, tt.none)
			want(t, "with a bad cookie", s.visit(visit{cookie: "connect.sid=s%3Ax.y", handle: nobody}).calls, tt.none)
		})
	}
}

// Destroy clears the cookie by the attributes that it was set with.
func TestDestroyClearsCookie(t *testing.T) {
	t.Parallel()
	destroy := func(s *session.Session) { _ = s.Destroy(t.Context()) }
	s := newSite(t, session.Options{Cookie: session.Cookie{Domain: "example.org", MaxAge: time.Hour}})
	const end = "; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
	pair := s.put(anID, `{"cookie":{"path":"/x","domain":"example.com","secure":true,"httpOnly":true,"partitioned":true}}`)
	r := s.visit(visit{https: true, cookie: pair, do: destroy})
	want(t, "known", r.setCookie, "connect.sid=; Domain=example.com; Path=/x"+end+"; HttpOnly; Secure; Partitioned")
	r = s.visit(visit{https: true, cookie: pair, do: destroy})
	want(t, "gone", r.setCookie, "connect.sid=; Domain=example.org; Path=/"+end+"; HttpOnly; Secure; SameSite=Lax")
	r = s.visit(visit{https: true, cookie: "connect.sid=x", do: destroy})
	want(t, "bad", r.setCookie, "connect.sid=; Domain=example.org; Path=/"+end+"; HttpOnly; Secure; SameSite=Lax")
	r = s.visit(visit{https: true, cookie: "other=x", do: destroy})
	want(t, "none", r.setCookie, "")
}

// Cookies that the handler sets itself stay, and the session's comes last.
func TestCookiesOfHandlerStay(t *testing.T) {
	t.Parallel()
	s := newSite(t, plain(session.Options{}))
	r := s.visit(visit{handle: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "previous=cookieValue")
		http.SetCookie(w, &http.Cookie{Name: "connect.sid", Value: "another"})
		count(session.From(r))
	}})
	before, last, _ := strings.Cut(r.setCookie, "\nconnect.sid=s%3A")
	want(t, "the handler's", before, "previous=cookieValue\nconnect.sid=another")
	want(t, "cookies after it", strings.Count(last, "\n"), 0)
	want(t, "its id is known", s.visit(visit{cookie: "connect.sid=s%3A" + strings.Split(last, ";")[0], do: count}).calls, "get,save")
}

// A session may be large: what a store takes is the store's affair.
func TestLargeSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, plain(session.Options{}))
	large := strings.Repeat("x", 5<<20)
	const key session.Key[string] = "large"
	r := s.visit(visit{do: func(s *session.Session) { key.Set(s, large) }})
	s.visit(visit{cookie: r.cookie(), do: func(s *session.Session) { want(t, "value is there", key.Get(s) == large, true) }})
}
