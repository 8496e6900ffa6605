package session_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
)

// What express-session 1.19.0 writes for the same options, at midnight on
// 1 January 2000, where synctest begins.
func TestCookieSettings(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name             string
		c                session.Cookie
		member, attrs    string
		overHTTP, absent bool // absent: the record has expired already
	}{
		{name: "defaults over HTTPS", c: session.Cookie{},
			member: `{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/","sameSite":"lax"}`,
			attrs:  `Path=/; HttpOnly; Secure; SameSite=Lax`},
		{name: "defaults over HTTP", c: session.Cookie{}, overHTTP: true,
			member: `{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"}`,
			attrs:  `Path=/; HttpOnly; SameSite=Lax`},
		{name: "Express's defaults", c: session.Cookie{Secure: session.SecureNever, SameSite: http.SameSiteDefaultMode},
			member: `{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; HttpOnly`},
		{name: "everything", c: session.Cookie{
			Path: "/", Domain: ".example.com", Secure: session.SecureAlways, SameSite: http.SameSiteNoneMode,
			MaxAge: time.Hour, Partitioned: true, Priority: cookie.PriorityHigh},
			member: `{"originalMaxAge":3600000,"partitioned":true,"priority":"high","expires":"2000-01-01T01:00:00.000Z",` +
				`"secure":true,"httpOnly":true,"domain":".example.com","path":"/","sameSite":"none"}`,
			attrs: `Domain=.example.com; Path=/; Expires=Sat, 01 Jan 2000 01:00:00 GMT; HttpOnly; Secure; Partitioned; Priority=High; SameSite=None`},
		{name: "script access, strict, low", c: session.Cookie{
			ScriptAccess: true, SameSite: http.SameSiteStrictMode, Priority: cookie.PriorityLow, Secure: session.SecureNever},
			member: `{"originalMaxAge":null,"priority":"low","expires":null,"httpOnly":false,"path":"/","sameSite":"strict"}`,
			attrs:  `Path=/; Priority=Low; SameSite=Strict`},
		{name: "medium", c: session.Cookie{Priority: cookie.PriorityMedium, Secure: session.SecureNever, SameSite: http.SameSiteDefaultMode},
			member: `{"originalMaxAge":null,"priority":"medium","expires":null,"httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; HttpOnly; Priority=Medium`},
		{name: "path that JSON escapes", c: session.Cookie{Path: `/a"b\c>&`, Secure: session.SecureNever, SameSite: http.SameSiteDefaultMode},
			member: `{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/a\"b\\c>&"}`,
			attrs:  `Path=/a"b\c>&; HttpOnly`},
		{name: "fractions", c: session.Cookie{MaxAge: 1500*time.Millisecond + 700*time.Microsecond, SameSite: http.SameSiteDefaultMode, Secure: session.SecureNever},
			member: `{"originalMaxAge":1500,"expires":"2000-01-01T00:00:01.500Z","httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; Expires=Sat, 01 Jan 2000 00:00:01 GMT; HttpOnly`},
		{name: "below a millisecond", c: session.Cookie{MaxAge: 1, SameSite: http.SameSiteDefaultMode, Secure: session.SecureNever},
			member: `{"originalMaxAge":1,"expires":"2000-01-01T00:00:00.001Z","httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; Expires=Sat, 01 Jan 2000 00:00:00 GMT; HttpOnly`},
		{name: "400 days", c: session.Cookie{MaxAge: 400 * 24 * time.Hour, SameSite: http.SameSiteDefaultMode, Secure: session.SecureNever},
			member: `{"originalMaxAge":34560000000,"expires":"2001-02-04T00:00:00.000Z","httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; Expires=Sun, 04 Feb 2001 00:00:00 GMT; HttpOnly`},
		{name: "for ever", c: session.Cookie{MaxAge: 1<<63 - 1, SameSite: http.SameSiteDefaultMode, Secure: session.SecureNever},
			member: `{"originalMaxAge":9223372036854,"expires":"2292-04-10T23:47:16.854Z","httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; Expires=Sun, 10 Apr 2292 23:47:16 GMT; HttpOnly`},
		{name: "Expires", c: session.Cookie{Expires: midnight.Add(90 * time.Second), SameSite: http.SameSiteDefaultMode, Secure: session.SecureNever},
			member: `{"originalMaxAge":90000,"expires":"2000-01-01T00:01:30.000Z","httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; Expires=Sat, 01 Jan 2000 00:01:30 GMT; HttpOnly`},
		{name: "MaxAge counts before Expires", c: session.Cookie{MaxAge: time.Minute, Expires: midnight.Add(time.Hour), SameSite: http.SameSiteDefaultMode, Secure: session.SecureNever},
			member: `{"originalMaxAge":60000,"expires":"2000-01-01T00:01:00.000Z","httpOnly":true,"path":"/"}`,
			attrs:  `Path=/; Expires=Sat, 01 Jan 2000 00:01:00 GMT; HttpOnly`},
		{name: "negative", c: session.Cookie{MaxAge: -5 * time.Second}, absent: true,
			attrs: `Path=/; Expires=Fri, 31 Dec 1999 23:59:55 GMT; HttpOnly; Secure; SameSite=Lax`},
		{name: "a little negative", c: session.Cookie{MaxAge: -1}, absent: true,
			attrs: `Path=/; Expires=Fri, 31 Dec 1999 23:59:59 GMT; HttpOnly; Secure; SameSite=Lax`},
		{name: "Expires in the past", c: session.Cookie{Expires: midnight.Add(-time.Hour)}, absent: true,
			attrs: `Path=/; Expires=Fri, 31 Dec 1999 23:00:00 GMT; HttpOnly; Secure; SameSite=Lax`},
		{name: "Expires now", c: session.Cookie{Expires: midnight}, absent: true,
			attrs: `Path=/; Expires=Fri, 31 Dec 1999 23:59:59 GMT; HttpOnly; Secure; SameSite=Lax`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for name, o := range map[string]session.Options{
					"Cookie":     {Cookie: tt.c},
					"CookieFunc": {CookieFunc: func(*http.Request) session.Cookie { return tt.c }},
				} {
					s := newSite(t, o)
					target := "/"
					if tt.c.Path != "" {
						target = strings.ReplaceAll(tt.c.Path, `"`, "%22")
					}
					if target != tt.c.Path && target != "/" {
						continue // a path that no request line can have
					}
					r := s.visit(visit{target: target, https: !tt.overHTTP, do: count})
					want(t, name+": attributes", r.attributes(), tt.attrs)
					data := `{"cookie":` + tt.member + `,"views":1}`
					if tt.absent {
						data = ""
					}
					want(t, name+": record", s.record(r.id()), data)
				}
			})
		})
	}
}

// A session keeps the settings it was created with, whatever Options say now.
func TestCookieOfRecord(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, member, attrs string
	}{
		{"of Express", `{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`, `Path=/; HttpOnly`},
		{"everything", `{"originalMaxAge":60000,"partitioned":true,"priority":"high","expires":"1999-01-01T00:00:00.000Z","secure":true,"httpOnly":false,"domain":"example.com","path":"/x","sameSite":"none"}`,
			`Domain=example.com; Path=/x; Expires=Sat, 01 Jan 2000 00:01:00 GMT; Secure; Partitioned; Priority=High; SameSite=None`},
		{"empty", `{}`, `Path=/; HttpOnly`},
		{"without originalMaxAge", `{"expires":"2030-01-01T00:00:00.000Z","httpOnly":true,"path":"/"}`, `Path=/; HttpOnly`},
		{"expires a number", `{"originalMaxAge":60000,"expires":5,"httpOnly":true,"path":"/"}`, `Path=/; Expires=Sat, 01 Jan 2000 00:01:00 GMT; HttpOnly`},
		{"expires false", `{"originalMaxAge":null,"expires":false,"httpOnly":true,"path":"/"}`, `Path=/; HttpOnly`},
		{"expires null with a lifetime", `{"originalMaxAge":60000,"expires":null,"path":"/"}`, `Path=/; Expires=Sat, 01 Jan 2000 00:01:00 GMT; HttpOnly`},
		{"originalMaxAge false", `{"originalMaxAge":false,"path":"/"}`, `Path=/; HttpOnly`},
		{"originalMaxAge a string", `{"originalMaxAge":"60000","path":"/"}`, `Path=/; HttpOnly`},
		{"originalMaxAge a fraction", `{"originalMaxAge":60000.7,"path":"/"}`, `Path=/; Expires=Sat, 01 Jan 2000 00:01:00 GMT; HttpOnly`},
		{"originalMaxAge beyond all", `{"originalMaxAge":1e300,"path":"/"}`, `Path=/; Expires=Sun, 10 Apr 2292 23:47:16 GMT; HttpOnly`},
		{"sameSite true", `{"path":"/","sameSite":true}`, `Path=/; HttpOnly; SameSite=Strict`},
		{"sameSite in capitals", `{"path":"/","sameSite":"LAX"}`, `Path=/; HttpOnly; SameSite=Lax`},
		{"sameSite auto", `{"path":"/","sameSite":"auto"}`, `Path=/; HttpOnly`},
		{"sameSite false", `{"path":"/","sameSite":false}`, `Path=/; HttpOnly`},
		{"secure auto", `{"path":"/","secure":"auto"}`, `Path=/; HttpOnly; Secure`},
		{"secure null", `{"path":"/","secure":null}`, `Path=/; HttpOnly`},
		{"httpOnly 0", `{"path":"/","httpOnly":0}`, `Path=/`},
		{"httpOnly 0.00", `{"path":"/","httpOnly":0.00}`, `Path=/`},
		{"httpOnly empty", `{"path":"/","httpOnly":""}`, `Path=/`},
		{"httpOnly 1", `{"path":"/","httpOnly":1}`, `Path=/; HttpOnly`},
		{"httpOnly an object", `{"path":"/","httpOnly":{}}`, `Path=/; HttpOnly`},
		{"without path", `{"httpOnly":true}`, `Path=/; HttpOnly`},
		{"escaped names", `{"\u0070ath":"/","http\u004fnly":true}`, `Path=/; HttpOnly`},
		{"unknown members", `{"path":"/","signed":true,"foo":[1]}`, `Path=/; HttpOnly`},
		{"values that no cookie can have", `{"path":"/; Domain=evil","domain":"a b;\r\n","priority":"x","sameSite":5,"httpOnly":true}`, `Path=/; HttpOnly`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, session.Options{Rolling: true, Cookie: session.Cookie{
					Domain: "example.org", MaxAge: 5 * time.Hour, SameSite: http.SameSiteStrictMode}})
				pair := s.put(anID, `{"cookie":`+tt.member+`,"views":1}`)
				for _, do := range []func(*session.Session){count, func(s *session.Session) { visits.Get(s) }} {
					r := s.visit(visit{https: true, cookie: pair, do: do})
					want(t, "status", r.status, http.StatusOK)
					want(t, "attributes", r.attributes(), tt.attrs)
					want(t, "id", r.id(), anID)
				}
				if !strings.Contains(tt.attrs, "Expires") {
					want(t, "record", s.record(anID), `{"cookie":`+tt.member+`,"views":2}`)
				}
				// A new id takes them from Options, and keeps the lifetime.
				r := s.visit(visit{https: true, cookie: pair, do: func(s *session.Session) { _ = s.Renew(t.Context()) }})
				want(t, "after Renew", strings.HasPrefix(r.attributes(), "Domain=example.org; Path=/; "), true)
				_, attrs, _ := strings.Cut(r.attributes(), "Path=/; ")
				_, lifetime, _ := strings.Cut(tt.attrs, "Expires=")
				lifetime, _, lives := strings.Cut(lifetime+";", ";")
				want(t, "lifetime after Renew", strings.HasPrefix(attrs, "Expires="+lifetime+";"), lives && lifetime != "")
			})
		})
	}
}

func TestCookieMemberKeepsItsBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, session.Options{})
		pair := s.put(anID, `{"cookie":{ "x":[ 1 ],"cookie":1,"expires" : "old" ,"originalMaxAge":60000.0,"\u0070ath":"\/"},"views":1}`)
		s.visit(visit{cookie: pair, do: count})
		want(t, "record", s.record(anID), `{"cookie":{"x":[ 1 ],"cookie":1,"expires":"2000-01-01T00:01:00.000Z","originalMaxAge":60000.0,"\u0070ath":"\/"},"views":2}`)
	})
}
