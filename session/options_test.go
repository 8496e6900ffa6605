package session_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	weak, invalid := session.ErrWeakSecret, session.ErrInvalidOptions
	secrets := func(s ...string) session.Options { return session.Options{Secrets: s} }
	tests := []struct {
		name  string
		o     session.Options
		err   error
		names string // what the text has to name
	}{
		{"no secret", session.Options{}, weak, "Secrets"},
		{"no secret, weak ones allowed", session.Options{AllowWeakSecrets: true}, weak, "Secrets"},
		{"empty list", secrets([]string{}...), weak, "Secrets"},
		{"empty secret", secrets(""), weak, "secret 1"},
		{"empty secret, weak ones allowed", session.Options{Secrets: []string{""}, AllowWeakSecrets: true}, weak, "secret 1"},
		{"second is empty", secrets(siteSecret, ""), weak, "secret 2"},
		{"short", secrets("fifteen bytes!!"), weak, "16 bytes"},
		{"second is short", secrets(siteSecret, "short"), weak, "secret 2"},
		{"well known", secrets("keyboard cat keyboard cat"), weak, "publicly known"},
		{"well known in other letters", secrets("Your_Session_Secret!!"), weak, "publicly known"},
		{"one byte", secrets(strings.Repeat("x", 40)), weak, "publicly known"},
		{"StoreTimeout", session.Options{StoreTimeout: -1}, invalid, "StoreTimeout"},
		{"IdleTimeout", session.Options{IdleTimeout: -1}, invalid, "IdleTimeout"},
		{"AbsoluteTimeout", session.Options{AbsoluteTimeout: -1}, invalid, "AbsoluteTimeout"},
		{"RenewAfter", session.Options{RenewAfter: -1}, invalid, "RenewAfter"},
		{"TouchAfter", session.Options{IdleTimeout: time.Minute, TouchAfter: time.Minute}, invalid, "TouchAfter"},
		{"TouchAfter of the default", session.Options{TouchAfter: 24 * time.Hour}, invalid, "TouchAfter"},
		{"Name with a space", session.Options{Name: "a b"}, invalid, "Name"},
		{"Name with an equals sign", session.Options{Name: "a=b"}, invalid, "Name"},
		{"Name with a line feed", session.Options{Name: "a\n"}, invalid, "Name"},
		{"Name with é", session.Options{Name: "é"}, invalid, "Name"},
	}
	for _, r := range refused {
		tests = append(tests, struct {
			name  string
			o     session.Options
			err   error
			names string
		}{r.name, session.Options{Name: r.cookie, Cookie: r.c}, invalid, ""})
	}
	tests = append(tests, []struct {
		name  string
		o     session.Options
		err   error
		names string
	}{
		{"SameSite=None, automatically", session.Options{Cookie: session.Cookie{SameSite: http.SameSiteNoneMode}}, invalid, "SameSite"},
		{"Partitioned, automatically", session.Options{Cookie: session.Cookie{Partitioned: true}}, invalid, "Partitioned"},
		{"__Host-, automatically", session.Options{Name: "__Host-sid"}, invalid, "__Host-"},
		{"__secure-, automatically", session.Options{Name: "__secure-sid"}, invalid, "__Secure-"},
	}...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.o.Secrets == nil && tt.err != weak {
				tt.o.Secrets = []string{siteSecret}
			}
			m, err := session.New(tt.o)
			if m != nil || !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.names) {
				t.Fatalf("New: %v, want %v and %q in it", err, tt.err, tt.names)
			}
			for _, secret := range tt.o.Secrets {
				if secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells a secret: %v", err)
				}
			}
		})
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	always := session.SecureAlways
	for name, o := range map[string]session.Options{
		"nothing":            {},
		"16 bytes":           {Secrets: []string{"quite a secret!!"}},
		"__Host-":            {Name: "__Host-sid", Cookie: session.Cookie{Secure: always}},
		"__Secure-":          {Name: "__Secure-sid", Cookie: session.Cookie{Secure: always, Domain: "example.com", Path: "/x"}},
		"SameSite=None":      {Cookie: session.Cookie{Secure: always, SameSite: http.SameSiteNoneMode, Partitioned: true}},
		"leading dot":        {Cookie: session.Cookie{Domain: ".example.com"}},
		"TouchAfter":         {IdleTimeout: time.Minute, TouchAfter: 59 * time.Second},
		"every request":      {TouchAfter: -1},
		"CookieFunc instead": {Name: "__Host-sid", CookieFunc: func(*http.Request) session.Cookie { return session.Cookie{Secure: always} }},
	} {
		if o.Secrets == nil {
			o.Secrets = []string{siteSecret}
		}
		if _, err := session.New(o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, session.Options{})
		r := s.visit(visit{https: true, do: count})
		want(t, "name", strings.HasPrefix(r.setCookie, "connect.sid=s%3A"), true)
		want(t, "attributes", r.attributes(), "Path=/; HttpOnly; Secure; SameSite=Lax")
		want(t, "length of an id", len(r.id()), 32)
		want(t, "life", s.expires(r.id()), 24*time.Hour)
		want(t, "no member of our own", strings.Contains(s.record(r.id()), "sojourn"), false)
	})
	m, err := session.New(session.Options{Secrets: []string{siteSecret}})
	if err != nil {
		t.Fatal(err)
	}
	r := visit{}.request()
	if s, err := m.Load(r); err != nil || !s.IsNew() {
		t.Errorf("without a store: new %v, %v", s.IsNew(), err)
	}
}

func TestAllowWeakSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	_, err := session.New(session.Options{
		Secrets: []string{"keyboard cat"}, AllowWeakSecrets: true, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, "weak secrets") || strings.Contains(text, "keyboard") {
		t.Errorf("log: %q", text)
	}
	want(t, "no warning without", newSite(t, session.Options{}).log.String(), "")
}

// What is done to the slices in Options after New does not count.
func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	secrets := []string{siteSecret}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	s := newSite(t, session.Options{Secrets: secrets, TrustProxies: proxies})
	secrets[0] = "another secret altogether"
	proxies[0] = netip.MustParsePrefix("11.0.0.0/8")
	r := s.visit(visit{remote: "10.0.0.1:1", header: http.Header{"X-Forwarded-Proto": {"https"}}, do: count})
	want(t, "attributes", r.attributes(), "Path=/; HttpOnly; Secure; SameSite=Lax")
	want(t, "signature", r.cookie(), signedPair(t, r.id()))
}

func TestGenerateID(t *testing.T) {
	t.Parallel()
	errNoID := errors.New("no more ids")
	for name, tt := range map[string]struct {
		id     string
		err    error
		status int
	}{
		"good":     {id: "a.b~!", status: 200},
		"longest":  {id: strings.Repeat("x", 128), status: 200},
		"empty":    {status: 503},
		"too long": {id: strings.Repeat("x", 129), status: 503},
		"space":    {id: "a b", status: 503},
		"é":        {id: "é", status: 503},
		"error":    {id: "x", err: errNoID, status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{GenerateID: func(*http.Request) (string, error) { return tt.id, tt.err }})
			r := s.visit(visit{do: count})
			want(t, "status", r.status, tt.status)
			if tt.status == 200 {
				want(t, "id", r.id(), tt.id)
				want(t, "taken already", s.visit(visit{do: count}).status, 503)
			}
			want(t, "stored", s.count() == 1, tt.status == 200)
			s.visit(visit{do: func(s *session.Session) {
				if id := s.ID(); tt.status == 200 && id != tt.id || tt.status != 200 && (id != "" || s.Err() == nil) {
					t.Errorf("ID %q, %v", id, s.Err())
				}
				if tt.err != nil && !errors.Is(s.Err(), errNoID) {
					t.Errorf("Err: %v", s.Err())
				}
			}})
		})
	}
}
