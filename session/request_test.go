package session_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// A cookie that is no good is as no cookie: no error page, a fresh session
// under an id of our own, and no store call unless the signature holds.
func TestBadCookie(t *testing.T) {
	t.Parallel()
	good := signedPair(t, anID)
	value := strings.TrimPrefix(good, "connect.sid=")
	mac := value[strings.LastIndex(value, ".")+1:]
	tests := []struct {
		name, cookie, calls string
	}{
		{"empty", "connect.sid=", "create"},
		{"no value", "connect.sid", "create"},
		{"nonsense", "connect.sid=%zz;;=; =;\x01", "create"},
		{"unsigned", "connect.sid=" + anID, "create"},
		{"unsigned behind s:", "connect.sid=s%3A" + anID, "create"},
		{"empty signature", "connect.sid=s%3A" + anID + ".", "create"},
		{"signed by another secret", signedPair(t, anID, "another secret, another session"), "create"},
		{"last letter changed", good[:len(good)-1] + "_", "create"},
		{"id changed", strings.Replace(good, "5c", "5d", 1), "create"},
		{"signature of another", signedPair(t, "somebody") + "; x=" + mac, "get,create"},
		{"padded signature", good + "=", "create"},
		{"upper-case S", "connect.sid=S%3A" + value[len("s%3A"):], "create"},
		{"encoded twice", "connect.sid=" + strings.ReplaceAll(value, "%", "%25"), "create"},
		{"behind a comma", "a=1, " + good, "create"},
		{"other name", strings.Replace(good, "sid", "SID", 1), "create"},
		{"8 KB of nothing", "connect.sid=" + strings.Repeat("x", 8<<10), "create"},
		{"8 KB in percent signs", "connect.sid=" + strings.Repeat("%", 8<<10), "create"},
		{"8 KB id, signed", signedPair(t, strings.Repeat("x", 8<<10)), "create"},
		{"129 bytes, signed", signedPair(t, strings.Repeat("x", 129)), "create"},
		{"128 bytes, signed", signedPair(t, strings.Repeat("x", 128)), "get,create"},
		{"empty id, signed", signedPair(t, ""), "create"},
		{"space in the id, signed", signedPair(t, "a b"), "create"},
		{"control in the id, signed", signedPair(t, "a\x00b"), "create"},
		{"path, signed", signedPair(t, "../../etc/passwd"), "get,create"},
		{"é in the id, signed", signedPair(t, "é"), "create"},
		{"bad before good", "connect.sid=bad; " + good, "create"},
		{"unknown id, signed", signedPair(t, "unknownunknownunknownunknownunkn"), "get,create"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			s.put(anID, `{`+plainCookie+`,"views":41}`)
			read := s.visit(visit{cookie: tt.cookie, do: func(s *session.Session) {
				if s.Err() != nil || !s.IsNew() || visits.Get(s) != 0 {
					t.Errorf("err %v, new %v, views %d", s.Err(), s.IsNew(), visits.Get(s))
				}
			}})
			want(t, "reading it: calls", read.calls, strings.TrimSuffix(strings.TrimSuffix(tt.calls, "create"), ","))
			want(t, "reading it: cookie", read.setCookie, "")
			wrote := s.visit(visit{cookie: tt.cookie, do: count})
			want(t, "writing: calls", wrote.calls, tt.calls)
			want(t, "writing: status", wrote.status, http.StatusOK)
			if id := wrote.id(); len(id) != 32 || strings.Contains(tt.cookie, id) {
				t.Errorf("writing: the id is %q", id)
			}
			want(t, "the next request", s.visit(visit{cookie: wrote.cookie(), do: count}).calls, "get,save")
		})
	}
}

func TestGoodCookie(t *testing.T) {
	t.Parallel()
	good := signedPair(t, anID)
	value := strings.TrimPrefix(good, "connect.sid=")
	for name, header := range map[string][]string{
		"as it was sent":        {good},
		"among others":          {"a=1; " + good + "; b=2"},
		"good before bad":       {good + "; connect.sid=bad"},
		"quoted":                {`connect.sid="` + value + `"`},
		"spaces and tabs":       {"a=1;\t connect.sid =\t" + value + " ; b=2"},
		"unencoded":             {"connect.sid=" + strings.NewReplacer("%3A", ":", "%2B", "+", "%2F", "/").Replace(value)},
		"lower-case escapes":    {strings.NewReplacer("%3A", "%3a", "%2B", "%2b", "%2F", "%2f").Replace(good)},
		"second of two headers": {"a=%zz", good},
		"bare token before":     {"a; " + good},
	} {
		s := newSite(t, session.Options{})
		s.put(anID, `{`+plainCookie+`,"views":41}`)
		s.visit(visit{header: http.Header{"Cookie": header}, do: func(s *session.Session) {
			if visits.Get(s) != 41 || s.IsNew() || s.ID() != anID {
				t.Errorf("%s: views %d, new %v, id %q", name, visits.Get(s), s.IsNew(), s.ID())
			}
		}})
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, target string
		want         bool
	}{
		{"/", "/", true},
		{"/", "/admin", true},
		{"/", "*", true},
		{"/admin", "/admin", true},
		{"/admin", "/admin/", true},
		{"/admin", "/admin/x", true},
		{"/admin", "/admin?x", true},
		{"/admin", "/admin/?x", true},
		{"/admin", "/administrator", false},
		{"/admin", "/administrator?/admin", false},
		{"/admin", "/", false},
		{"/admin", "/x/admin", false},
		{"/admin", "/ADMIN", false},
		{"/admin", "/%61dmin", false}, // as browsers compare
		{"/admin", "//admin", false},
		{"/admin", "*", false},
		{"/admin", "http://example.com/admin/x", true},
		{"/admin", "http://example.com/administrator", false},
		{"/admin", "http://example.com", false},
		{"/admin", "http://example.com?/admin", false},
		{"/admin/", "/admin", false},
		{"/admin/", "/admin/", true},
		{"/admin/", "/admin/x", true},
		{"/admin/", "/admin?x", false},
		{"/a%20b", "/a%20b/c", true},
	}
	for _, tt := range tests {
		s := newSite(t, session.Options{Cookie: session.Cookie{Path: tt.path}})
		found := func(w http.ResponseWriter, r *http.Request) {
			if _, ok := session.FromContext(r.Context()); ok != tt.want {
				t.Errorf("%s for %s: %v", tt.target, tt.path, ok)
			}
		}
		method := "GET"
		if tt.target == "*" {
			method = "OPTIONS"
		}
		s.visit(visit{method: method, target: tt.target, handle: found})
		// What an outer handler has stripped still counts.
		r := visit{method: method, target: tt.target}.request()
		h := s.m.Handler(http.HandlerFunc(found))
		http.StripPrefix("/admin", h).ServeHTTP(httptest.NewRecorder(), r)
	}
}

func TestSecureAuto(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("fe80::/10")}
	https := http.Header{"X-Forwarded-Proto": {"https"}}
	forwarded := func(values ...string) http.Header { return http.Header{"X-Forwarded-Proto": values} }
	tests := []struct {
		name string
		v    visit
		want bool
	}{
		{"TLS", visit{https: true}, true},
		{"plain", visit{remote: "10.1.2.3:4"}, false},
		{"trusted", visit{remote: "10.1.2.3:4", header: https}, true},
		{"not trusted", visit{remote: "11.1.2.3:4", header: https}, false},
		{"TLS, and the proxy says http", visit{https: true, remote: "10.1.2.3:4", header: forwarded("http")}, true},
		{"IPv6", visit{remote: "[fd00::1]:4", header: https}, true},
		{"IPv6, not trusted", visit{remote: "[2001:db8::1]:4", header: https}, false},
		{"IPv4 in IPv6", visit{remote: "[::ffff:10.1.2.3]:4", header: https}, true},
		{"IPv4 in IPv6, not trusted", visit{remote: "[::ffff:11.1.2.3]:4", header: https}, false},
		{"zone", visit{remote: "[fe80::1%eth0]:4", header: https}, true},
		{"unix socket", visit{remote: "@", header: https}, false},
		{"unix socket, nameless", visit{remote: "/run/x.sock", header: https}, false},
		{"no port", visit{remote: "10.1.2.3", header: https}, false},
		{"upper case", visit{remote: "10.1.2.3:4", header: forwarded("HTTPS")}, true},
		{"list, https first", visit{remote: "10.1.2.3:4", header: forwarded(" https , http")}, true},
		{"list, nothing second", visit{remote: "10.1.2.3:4", header: forwarded("https,")}, true},
		{"list, http first", visit{remote: "10.1.2.3:4", header: forwarded("http,https")}, false},
		{"two headers, https first", visit{remote: "10.1.2.3:4", header: forwarded("https", "http")}, true},
		{"two headers, http first", visit{remote: "10.1.2.3:4", header: forwarded("http", "https")}, false},
		{"wss", visit{remote: "10.1.2.3:4", header: forwarded("wss")}, false},
		{"empty", visit{remote: "10.1.2.3:4", header: forwarded("")}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{TrustProxies: proxies})
			tt.v.do = func(s *session.Session) {
				count(s)
				want(t, "setting", s.Cookie().Secure == session.SecureAlways, tt.want)
			}
			r := s.visit(tt.v)
			want(t, "attribute", strings.Contains(r.setCookie, "; Secure"), tt.want)
			want(t, "record", strings.Contains(s.record(r.id()), `"secure":true`), tt.want)
			want(t, "record", strings.Contains(s.record(r.id()), `"secure":false`), !tt.want)
		})
	}
	s := newSite(t, session.Options{})
	r := s.visit(visit{remote: "127.0.0.1:4", header: https, do: count})
	want(t, "nobody is trusted by default", strings.Contains(r.setCookie, "; Secure"), false)
}

// A session that may only travel over HTTPS can be used where it arrives, but
// its cookie is not sent over a connection that is not.
func TestSecureAlwaysOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{Cookie: session.Cookie{Secure: session.SecureAlways}, Rolling: true})
	r := s.visit(visit{do: count})
	want(t, "new: status", r.status, http.StatusInternalServerError)
	want(t, "new: calls", r.calls, "")
	want(t, "new: cookie", r.setCookie, "")
	want(t, "new, but nothing in it", s.visit(visit{do: func(s *session.Session) { visits.Get(s) }}).status, http.StatusOK)

	r = s.visit(visit{https: true, do: count})
	want(t, "over HTTPS", strings.Contains(r.setCookie, "; Secure"), true)
	pair, id := r.cookie(), r.id()
	r = s.visit(visit{cookie: pair, do: count})
	want(t, "loaded: status", r.status, http.StatusOK)
	want(t, "loaded: cookie", r.setCookie, "")
	want(t, "loaded: stored", strings.Contains(s.record(id), `"views":2`), true)

	for name, do := range map[string]func(*session.Session){
		"Renew":      func(s *session.Session) { _ = s.Renew(t.Context()) },
		"Regenerate": func(s *session.Session) { _ = s.Regenerate(t.Context()) },
		"Save":       func(s *session.Session) { _ = s.Regenerate(t.Context()); _ = s.Save(t.Context()) },
	} {
		r = s.visit(visit{cookie: pair, do: do})
		want(t, name+": status", r.status, http.StatusInternalServerError)
		want(t, name+": sessions", s.count(), 1)
		want(t, name+": record", strings.Contains(s.record(id), `"views":2`), true)
	}
	r = s.visit(visit{cookie: pair, do: func(s *session.Session) { _ = s.Destroy(t.Context()) }})
	want(t, "Destroy: status", r.status, http.StatusOK)
	want(t, "Destroy: sessions", s.count(), 0)
}

// A session that was begun over HTTPS does not get an id over plain HTTP that
// may travel there, only because Secure is automatic: whoever listens would
// have the session, and browsers keep the old cookie.
func TestSecureAutoIsNotTakenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{})
	r := s.visit(visit{https: true, do: count})
	pair, id := r.cookie(), r.id()
	r = s.visit(visit{cookie: pair, do: func(s *session.Session) { _ = s.Renew(t.Context()) }})
	want(t, "status", r.status, http.StatusInternalServerError)
	want(t, "cookie", r.setCookie, "")
	want(t, "record", strings.Contains(s.record(id), `"views":1`), true)
}
