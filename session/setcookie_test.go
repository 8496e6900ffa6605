package session_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

const expressRecord = `{` + plainCookie + `,"views":1}`

func remember(s *session.Session) {
	c := s.Cookie()
	c.MaxAge = 30 * 24 * time.Hour
	s.SetCookie(c)
}

func forget(s *session.Session) {
	c := s.Cookie()
	c.MaxAge = 0
	s.SetCookie(c)
}

func TestSetCookie(t *testing.T) {
	t.Parallel()
	const (
		expires    = `Expires=Mon, 31 Jan 2000 00:00:00 GMT`
		remembered = `{"cookie":{"originalMaxAge":2592000000,"expires":"2000-01-31T00:00:00.000Z","httpOnly":true,"path":"/"},"views":1}`
	)
	ctx := t.Context()
	tests := []struct {
		name, before, calls, attrs, after string
		do                                func(*session.Session)
	}{
		{"remember me", expressRecord, "get,save", `Path=/; ` + expires + `; HttpOnly`, remembered, remember},
		{"before Renew", expressRecord, "get,create,delete", `Path=/; ` + expires + `; HttpOnly`, remembered,
			func(s *session.Session) { remember(s); _ = s.Renew(ctx) }},
		{"after Renew", expressRecord, "get,create,delete", `Path=/; ` + expires + `; HttpOnly`, remembered,
			func(s *session.Session) { _ = s.Renew(ctx); remember(s) }},
		{"Renew keeps the lifetime", remembered, "get,create,delete", `Path=/; ` + expires + `; HttpOnly`, remembered,
			func(s *session.Session) { _ = s.Renew(ctx) }},
		{"Regenerate does not", remembered, "get,create,delete", `Path=/; HttpOnly`, `{` + plainCookie + `}`,
			func(s *session.Session) { _ = s.Regenerate(ctx) }},
		{"before Regenerate it goes", expressRecord, "get,create,delete", `Path=/; HttpOnly`, `{` + plainCookie + `}`,
			func(s *session.Session) { remember(s); _ = s.Regenerate(ctx) }},
		{"after Regenerate", expressRecord, "get,create,delete", `Path=/; ` + expires + `; HttpOnly`, strings.Replace(remembered, `,"views":1`, "", 1),
			func(s *session.Session) { _ = s.Regenerate(ctx); remember(s) }},
		{"no longer", remembered, "get,save", `Path=/; HttpOnly`, expressRecord, forget},
		{"with Save", expressRecord, "get,save,touch", `Path=/; ` + expires + `; HttpOnly`, remembered,
			func(s *session.Session) { remember(s); _ = s.Save(ctx) }},
		{"there and back", expressRecord, "get,save", `Path=/; HttpOnly`, expressRecord,
			func(s *session.Session) { remember(s); forget(s) }},
		{"as it is", remembered, "get,touch", ``, remembered, func(s *session.Session) { s.SetCookie(s.Cookie()) }},
		{"as it is, automatically", expressRecord, "get", ``, expressRecord, func(s *session.Session) {
			c := s.Cookie()
			c.Secure = session.SecureAuto // over HTTP
			s.SetCookie(c)
		}},
		{"zero value", expressRecord, "get,save", `Path=/; HttpOnly; SameSite=Lax`,
			`{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"},"views":1}`,
			func(s *session.Session) { s.SetCookie(session.Cookie{}) }},
		{"Expires", expressRecord, "get,save", `Path=/; ` + expires + `; HttpOnly`, remembered, func(s *session.Session) {
			c := s.Cookie()
			c.Expires = time.Now().Add(30 * 24 * time.Hour)
			s.SetCookie(c)
			want(t, "MaxAge", s.Cookie().MaxAge, 30*24*time.Hour)
			want(t, "Expires", s.Cookie().Expires.IsZero(), true)
		}},
		{"Discard", expressRecord, "get", ``, expressRecord, func(s *session.Session) { remember(s); s.Discard() }},
		{"Reload drops it", expressRecord, "get,get", ``, expressRecord, func(s *session.Session) { remember(s); _ = s.Reload(ctx) }},
		{"negative", expressRecord, "get,save", `Path=/; Expires=Fri, 31 Dec 1999 23:59:59 GMT; HttpOnly`, "", func(s *session.Session) {
			c := s.Cookie()
			c.MaxAge = -time.Second
			s.SetCookie(c)
		}},
		{"other path", expressRecord, "get,save", `Path=/x; HttpOnly`, strings.Replace(expressRecord, `"path":"/"`, `"path":"/x"`, 1), func(s *session.Session) {
			c := s.Cookie()
			c.Path = "/x"
			s.SetCookie(c)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, plain(session.Options{}))
				r := s.visit(visit{cookie: s.put(anID, tt.before), do: tt.do})
				want(t, "status", r.status, http.StatusOK)
				want(t, "calls", r.calls, tt.calls)
				want(t, "attributes", r.attributes(), tt.attrs)
				id := anID
				if strings.Contains(tt.calls, "create") {
					want(t, "old record", s.record(anID), "")
					id = r.id()
				}
				want(t, "record", s.record(id), tt.after)
				if strings.Contains(tt.attrs, expires) {
					want(t, "expiry", s.expires(id), 30*24*time.Hour)
				}
			})
		})
	}
}

// A change of the settings alone stores a new session.
func TestSetCookieOfNewSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, plain(session.Options{}))
	want(t, "calls", s.visit(visit{do: remember}).calls, "create")
	want(t, "unchanged: calls", s.visit(visit{do: func(s *session.Session) { s.SetCookie(s.Cookie()) }}).calls, "")
	want(t, "unchanged: calls", s.visit(visit{do: forget}).calls, "")
}

func TestSetCookieAfterHeader(t *testing.T) {
	t.Parallel()
	s := newSite(t, plain(session.Options{}))
	r := s.visit(visit{cookie: s.put(anID, expressRecord), handle: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		remember(session.From(r))
	}})
	want(t, "cookie", r.setCookie, "")
	want(t, "record", strings.Contains(s.record(anID), `"originalMaxAge":2592000000`), true)
}

// refused are settings that browsers refuse, for a cookie with the name.
var refused = []struct {
	name, cookie string
	c            session.Cookie
}{
	{"domain", "", session.Cookie{Domain: "a b"}},
	{"domain with attributes", "", session.Cookie{Domain: "a; Path=/"}},
	{"path with attributes", "", session.Cookie{Path: "/; Domain=x"}},
	{"path that ends the header", "", session.Cookie{Path: "/\r\nX: y"}},
	{"path without a slash", "", session.Cookie{Path: "x"}},
	{"same-site mode", "", session.Cookie{SameSite: 99}},
	{"priority", "", session.Cookie{Priority: 99}},
	{"secure", "", session.Cookie{Secure: 99}},
	{"SameSite=None without Secure", "", session.Cookie{SameSite: http.SameSiteNoneMode, Secure: session.SecureNever}},
	{"Partitioned without Secure", "", session.Cookie{Partitioned: true, Secure: session.SecureNever}},
	{"__Host- with a Domain", "__Host-sid", session.Cookie{Secure: session.SecureAlways, Domain: "example.com"}},
	{"__host- with a Path", "__host-sid", session.Cookie{Secure: session.SecureAlways, Path: "/x"}},
	{"__Host- without Secure", "__Host-sid", session.Cookie{Secure: session.SecureNever}},
	{"__Secure- without Secure", "__SECURE-sid", session.Cookie{Secure: session.SecureNever}},
}

func TestSetCookieRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := session.Options{Name: tt.cookie, Cookie: session.Cookie{Secure: session.SecureAlways}}
			set := newSite(t, o)
			r := set.visit(visit{https: true, do: func(s *session.Session) { count(s); s.SetCookie(tt.c) }})
			want(t, "SetCookie: status", r.status, http.StatusInternalServerError)
			want(t, "SetCookie: calls", r.calls, "")
			want(t, "SetCookie: cookie", r.setCookie, "")

			o.CookieFunc = func(*http.Request) session.Cookie { return tt.c }
			byFunc := newSite(t, o)
			target := "/"
			if strings.HasPrefix(tt.c.Path, "/x") {
				target = tt.c.Path
			}
			r = byFunc.visit(visit{https: true, target: target, handle: func(w http.ResponseWriter, r *http.Request) {
				if s, ok := session.FromContext(r.Context()); ok {
					count(s)
				} else {
					w.WriteHeader(http.StatusInternalServerError) // the path is not one
				}
			}})
			want(t, "CookieFunc: status", r.status, http.StatusInternalServerError)
			want(t, "CookieFunc: calls", r.calls, "")
			want(t, "CookieFunc: cookie", r.setCookie, "")
		})
	}
}

func TestCookieFunc(t *testing.T) {
	t.Parallel()
	asked := 0
	s := newSite(t, session.Options{CookieFunc: func(r *http.Request) session.Cookie {
		asked++
		if strings.HasPrefix(r.URL.Path, "/admin") {
			return session.Cookie{Path: "/admin", SameSite: http.SameSiteStrictMode}
		}
		return session.Cookie{MaxAge: time.Hour}
	}})
	admin := s.visit(visit{https: true, target: "/admin/x", do: count})
	want(t, "attributes", admin.attributes(), "Path=/admin; HttpOnly; Secure; SameSite=Strict")
	want(t, "asked", asked, 1)
	r := s.visit(visit{https: true, target: "/x", do: count})
	want(t, "attributes", strings.HasPrefix(r.attributes(), "Path=/; Expires="), true)
	// A session keeps the settings it was created with.
	s.visit(visit{https: true, target: "/x", cookie: admin.cookie(), do: func(s *session.Session) {
		want(t, "path", s.Cookie().Path, "/admin")
	}})
}

// What SecureAuto was resolved to stays written down, whatever else is set.
func TestSetCookieKeepsInsecure(t *testing.T) {
	t.Parallel()
	const insecure = `"httpOnly":true,"path":"/x"`
	toX := func(s *session.Session) { c := s.Cookie(); c.Path = "/x"; s.SetCookie(c) }
	s := newSite(t, session.Options{Cookie: session.Cookie{SameSite: http.SameSiteDefaultMode}})
	r := s.visit(visit{do: toX})
	want(t, "new", s.record(r.id()), `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,`+insecure+`}}`)
	pair := s.put(anID, `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/"},"views":1}`)
	s.visit(visit{cookie: pair, do: toX})
	want(t, "known", s.record(anID), `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,`+insecure+`},"views":1}`)
	s.visit(visit{cookie: pair, do: func(s *session.Session) {
		c := s.Cookie()
		c.Path = "/"
		s.SetCookie(c)
		_ = s.Save(t.Context())
		toX(s)
	}})
	want(t, "twice", s.record(anID), `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,`+insecure+`},"views":1}`)
	pair = s.put("another", `{`+plainCookie+`,"views":1}`)
	s.visit(visit{cookie: pair, do: toX})
	want(t, "silent", s.record("another"), `{"cookie":{"originalMaxAge":null,"expires":null,`+insecure+`},"views":1}`)
}
