package conformance

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// server is our side of an instance. It runs in a bubble of synctest.
type server struct {
	t        testing.TB
	o        options
	manager  *session.Manager
	records  *memory.Store
	recorder *recorder
	actions  []action
	number   int // of the request
	ids      int // generated in it
	asked    int
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

func newServer(t testing.TB, c *instance) *server {
	s := &server{t: t, o: c.Options, records: memory.New(memory.Options{})}
	s.recorder = &recorder{Store: s.records, fail: c.Options.Fail}
	o := session.Options{
		Store: s.recorder, Name: c.Options.Name, Secrets: c.Options.Secrets, AllowWeakSecrets: true,
		Resave: c.Options.Resave, SaveUninitialized: c.Options.SaveUninitialized, Rolling: c.Options.Rolling,
		Eager: true, TouchAfter: -1, GenerateID: s.newID, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if c.Options.Proxy {
		o.TrustProxies = []netip.Prefix{loopback}
	}
	o.Cookie = c.Options.Cookie.ours(false)
	if c.Options.CookieFunc || c.Options.Cookie.SameSite == "auto" {
		o.Cookie = session.Cookie{}
		o.CookieFunc = func(r *http.Request) session.Cookie {
			s.asked++
			return c.Options.Cookie.ours(s.manager.OverHTTPS(r))
		}
	}
	var err error
	if s.manager, err = session.New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

// ours are the settings in our terms. SameSite "auto" is what a CookieFunc has to
// decide.
func (c settings) ours(https bool) session.Cookie {
	o := session.Cookie{
		Path: c.Path, Domain: c.Domain, Partitioned: c.Partitioned, Priority: priorities[c.Priority],
		SameSite: sameSites[c.SameSite], Secure: session.SecureNever,
	}
	switch {
	case c.MaxAge != nil:
		o.MaxAge = time.Duration(*c.MaxAge) * time.Millisecond
	case c.Expires != nil:
		o.Expires = time.UnixMilli(*c.Expires)
	}
	o.ScriptAccess = c.HTTPOnly != nil && !*c.HTTPOnly
	switch c.Secure {
	case true:
		o.Secure = session.SecureAlways
	case "auto":
		o.Secure = session.SecureAuto
	}
	if c.SameSite == "auto" {
		o.SameSite = http.SameSiteLaxMode
		if https {
			o.SameSite, o.Secure = http.SameSiteNoneMode, session.SecureAlways
		}
	}
	return o
}

var (
	sameSites = map[string]http.SameSite{
		"": http.SameSiteDefaultMode, "lax": http.SameSiteLaxMode, "strict": http.SameSiteStrictMode, "none": http.SameSiteNoneMode,
	}
	priorities = map[string]cookie.Priority{
		"": cookie.NoPriority, "low": cookie.PriorityLow, "medium": cookie.PriorityMedium, "high": cookie.PriorityHigh,
	}
)

func (s *server) newID(*http.Request) (string, error) {
	s.ids++
	if s.o.ID != "" {
		return s.o.ID, nil
	}
	return fmt.Sprintf("r%d.%d", s.number, s.ids), nil
}

// do makes a request. sent is its Cookie header.
func (s *server) do(e exchange, sent string) outcome {
	s.number++
	s.ids, s.asked, s.actions = 0, 0, e.Actions
	s.recorder.ops = nil
	r := httptest.NewRequest(cmp.Or(e.Method, "GET"), cmp.Or(e.Path, "/"), nil)
	r.TLS = nil
	if e.HTTPS {
		r.TLS = &tls.ConnectionState{}
	}
	if r.RemoteAddr = "127.0.0.1:1"; e.Outside {
		r.RemoteAddr = "192.0.2.1:1"
	}
	if e.Proto != "" {
		r.Header.Set("X-Forwarded-Proto", e.Proto)
	}
	if sent != "" {
		r.Header.Set("Cookie", sent)
	}
	w := httptest.NewRecorder()
	o := outcome{}
	if s.serve(w, r) {
		o.Status = w.Code
	}
	h := w.Result().Header
	o.SetCookie, o.CacheControl, o.Vary = h["Set-Cookie"], h.Get("Cache-Control"), h.Get("Vary")
	o.Ops, o.Records, o.Asked = s.recorder.ops, s.live(), s.asked
	return o
}

// serve reports whether the handler came to its end.
func (s *server) serve(w http.ResponseWriter, r *http.Request) (ended bool) {
	defer func() {
		if p := recover(); p != nil && p != errThrown {
			panic(p)
		}
	}()
	s.manager.Handler(http.HandlerFunc(s.handle)).ServeHTTP(w, r)
	return true
}

var errThrown = errors.New("thrown")

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	x, ok := session.FromContext(r.Context())
	if ok {
		x.ID() // Express has one from the beginning
	}
	for _, a := range s.actions {
		switch {
		case a.Do == "throw":
			panic(errThrown)
		case a.Do == "flush":
			_ = http.NewResponseController(w).Flush()
		case ok:
			s.act(r.Context(), x, a)
		}
	}
	_, _ = io.WriteString(w, "ok")
}

const n = session.Key[int]("n")

func (s *server) act(ctx context.Context, x *session.Session, a action) {
	switch a.Do {
	case "noop":
	case "modify":
		n.Set(x, n.Get(x)+1)
	case "set":
		session.Key[json.RawMessage](a.Key).Set(x, json.RawMessage(a.Value))
	case "delete":
		session.Key[json.RawMessage](a.Key).Delete(x)
	case "revert":
		before, had, _ := n.Lookup(x)
		session.Key[string]("n").Set(x, "changed")
		if had {
			n.Set(x, before)
		} else {
			n.Delete(x)
		}
	case "reorder":
		if v, had, _ := n.Lookup(x); had {
			n.Delete(x)
			n.Set(x, v)
		}
	case "clear":
		x.Clear()
	case "touch":
		x.Touch()
	case "discard":
		if s.o.Unset == "destroy" {
			_ = x.Destroy(ctx)
		} else {
			x.Discard()
		}
	case "save":
		_ = x.Save(ctx)
	case "reload":
		_ = x.Reload(ctx)
	case "regenerate":
		_ = x.Regenerate(ctx)
	case "destroy":
		_ = x.Destroy(ctx)
		x.ID()
	case "other", "logout":
		s.meddle(x.ID(), a.Do)
	default:
		c := x.Cookie()
		change(s.t, &c, a)
		x.SetCookie(c)
	}
}

// change changes a cookie's settings.
func change(t testing.TB, c *session.Cookie, a action) {
	switch a.Do {
	case "maxAge":
		if c.MaxAge = 0; a.MS != nil {
			c.MaxAge = time.Duration(*a.MS) * time.Millisecond
		}
	case "expires":
		if c.MaxAge = 0; a.MS != nil {
			c.Expires = time.Now().Add(time.Duration(*a.MS) * time.Millisecond)
		}
	case "httpOnly":
		c.ScriptAccess = !a.On
	case "secure":
		if c.Secure = session.SecureNever; a.On {
			c.Secure = session.SecureAlways
		}
	case "partitioned":
		c.Partitioned = a.On
	case "path":
		c.Path = a.Value
	case "domain":
		c.Domain = a.Value
	case "sameSite":
		c.SameSite = sameSites[a.Value]
	case "priority":
		c.Priority = priorities[a.Value]
	default:
		t.Fatalf("no such action: %s", a.Do)
	}
}
