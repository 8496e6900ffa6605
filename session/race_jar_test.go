package session_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// In one browser all requests share the cookies: what the slowest response
// says about them is what stays.

func ok(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }

// logins are the ways in which a session ends while a slow request uses it.
var logins = map[string]http.HandlerFunc{
	"GET /renew": func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if err := s.Renew(r.Context()); err != nil {
			panic(err)
		}
		webUser.Set(s, "alice")
		ok(w, r)
	},
	"GET /regenerate": func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if err := s.Regenerate(r.Context()); err != nil {
			panic(err)
		}
		webUser.Set(s, "alice")
		ok(w, r)
	},
	"GET /logout": func(w http.ResponseWriter, r *http.Request) {
		if err := session.From(r).Destroy(r.Context()); err != nil {
			panic(err)
		}
		ok(w, r)
	},
	"GET /logout-and-in": func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if err := s.Destroy(r.Context()); err != nil {
			panic(err)
		}
		webUser.Set(s, "alice")
		ok(w, r)
	},
}

// slowly is what a slow request does to its session before and after it is slow.
type slowly struct {
	before, after func(s *session.Session, w http.ResponseWriter)
}

func (do slowly) call(f func(*session.Session, http.ResponseWriter), s *session.Session, w http.ResponseWriter) {
	if f != nil {
		f(s, w)
	}
}

// jarServer has the routes of logins and: /start, which makes a session of a
// guest; /user; /slow, which passes the gate.
func jarServer(t *testing.T, o session.Options, slow slowly) (*web, *browser, *gate) {
	web, g := newWeb(t, o), newGate(t)
	handlers := map[string]http.HandlerFunc{
		"GET /start": func(w http.ResponseWriter, r *http.Request) { webUser.Set(session.From(r), "guest"); ok(w, r) },
		"GET /user":  func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, webUser.Get(session.From(r))) },
		"GET /slow": func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			webUser.Get(s)
			slow.call(slow.before, s, w)
			g.pass()
			slow.call(slow.after, s, w)
			ok(w, r)
		},
	}
	for path, h := range logins {
		handlers[path] = h
	}
	return web, newBrowser(t, web.serve(routes(handlers))), g
}

// The slow response neither takes the cookie of the login away nor clears it,
// whatever the session's cookie is like and whatever the request does.
func TestSlowResponseKeepsCookieOfLogin(t *testing.T) {
	t.Parallel()
	hour := session.Cookie{MaxAge: time.Hour}
	options := map[string]session.Options{
		"default":    {},
		"Rolling":    {Rolling: true},
		"MaxAge":     {Cookie: hour},
		"RenewAfter": {RenewAfter: time.Nanosecond},
		"Resave":     {Resave: true, TouchAfter: -1},
		"Eager":      {Eager: true, TouchAfter: -1},
		"all":        {Rolling: true, Cookie: hour, RenewAfter: time.Nanosecond, Resave: true, SaveUninitialized: true, Eager: true},
	}
	note := func(s *session.Session, _ http.ResponseWriter) { webNote.Set(s, "late") }
	cookie := func(s *session.Session, _ http.ResponseWriter) { s.SetCookie(session.Cookie{MaxAge: time.Minute}) }
	save := func(s *session.Session, _ http.ResponseWriter) { must(t, s.Save(context.Background())) }
	slows := map[string]slowly{
		"reads":       {},
		"sets":        {after: note},
		"sets before": {before: note},
		"touches":     {after: func(s *session.Session, _ http.ResponseWriter) { s.Touch() }},
		"sets cookie": {after: cookie},
		"discards":    {after: func(s *session.Session, _ http.ResponseWriter) { s.Discard() }},
		"flushes, then sets": {after: func(s *session.Session, w http.ResponseWriter) {
			w.(http.Flusher).Flush()
			webNote.Set(s, "late")
		}},
		"saves before":            {before: save},
		"saves before, then sets": {before: save, after: note},
		"sets cookie and saves before": {before: func(s *session.Session, w http.ResponseWriter) {
			cookie(s, w)
			save(s, w)
		}},
	}
	for name, o := range options {
		for does, slow := range slows {
			for path := range logins {
				path = path[len("GET "):]
				t.Run(fmt.Sprintf("%s, slow %s, %s", name, does, path), func(t *testing.T) {
					t.Parallel()
					testSlowResponse(t, o, slow, path)
				})
			}
		}
	}
}

func testSlowResponse(t *testing.T, o session.Options, slow slowly, path string) {
	web, b, g := jarServer(t, o, slow)
	b.get("/start")
	old := b.id()
	wait := b.start("/slow")
	g.await(t)
	b.get(path)
	after := b.id()
	if after == old {
		t.Fatalf("%s has not changed the cookie", path)
	}
	g.open()
	if status := wait(); status != http.StatusOK {
		t.Errorf("slow response: status %d, want 200: its handler asked for nothing that failed", status)
	}
	if got := b.id(); got != after {
		t.Errorf("the slow response has left the cookie %q, want %q", got, after)
	}
	if got := web.store.data(old); got != "session not found" {
		t.Errorf("the old id lives: %s", got)
	}
	if path == "/logout" {
		return
	}
	b.expect("/user", "alice")
	if n := web.store.held(); n > 2 { // the session, and with RenewAfter the one that leads to it
		t.Errorf("%d records are left", n)
	}
}

// A request that slept through a periodic renewal is led to the new id, with
// what it changes, and so is the browser.
func TestSlowResponseFollowsPeriodicRenewal(t *testing.T) {
	t.Parallel()
	web, b, g := jarServer(t, session.Options{RenewAfter: time.Nanosecond}, slowly{after: func(s *session.Session, _ http.ResponseWriter) {
		webNote.Set(s, "late")
	}})
	b.get("/start")
	old := b.id()
	wait := b.start("/slow")
	g.await(t)
	b.expect("/user", "guest")
	renewed := b.id()
	if renewed == old {
		t.Fatal("the id was not renewed")
	}
	g.open()
	if status := wait(); status != http.StatusOK {
		t.Errorf("slow response: status %d", status)
	}
	b.expect("/user", "guest")
	if webNoteIn := web.load(t, b.id(), webNote); webNoteIn != "late" {
		t.Errorf("what the slow request set is %q, want it kept", webNoteIn)
	}
}

// load returns the value of a key in the session of id.
func (w *web) load(t testing.TB, id string, key session.Key[string]) string {
	t.Helper()
	s, err := w.Manager.Load(request("/", id))
	if err != nil {
		t.Fatal(err)
	}
	return key.Get(s)
}

// A slow login on an id that another login has renewed in the same browser
// fails, instead of answering with a lie or with a cookie.
func TestSecondLoginOnARenewedIDFails(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(*session.Session, *http.Request) error{
		"Renew":      func(s *session.Session, r *http.Request) error { return s.Renew(r.Context()) },
		"Regenerate": func(s *session.Session, r *http.Request) error { return s.Regenerate(r.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web, g := newWeb(t, session.Options{}), newGate(t)
			b := newBrowser(t, web.serve(routes(map[string]http.HandlerFunc{
				"/start": func(w http.ResponseWriter, r *http.Request) { webUser.Set(session.From(r), "guest") },
				"/renew": logins["GET /renew"],
				"/slow": func(w http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					g.pass()
					if err := again(s, r); err != nil {
						panic(err)
					}
					webUser.Set(s, "mallory")
				},
				"/user": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, webUser.Get(session.From(r))) },
			})))
			b.get("/start")
			wait := b.start("/slow")
			g.await(t)
			b.get("/renew")
			g.open()
			if status := wait(); status != http.StatusServiceUnavailable {
				t.Errorf("status %d, want 503", status)
			}
			b.expect("/user", "alice")
			if n := web.store.held(); n != 1 {
				t.Errorf("%d records, want the one of the first login", n)
			}
		})
	}
}

// Of the first requests of a browser, each without a cookie, each makes a
// session of its own, and the browser keeps one that is complete.
func TestConcurrentFirstRequests(t *testing.T) {
	t.Parallel()
	const requests = 8
	web, g := newWeb(t, session.Options{}), newGate(t)
	b := newBrowser(t, web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if r.URL.Path == "/user" {
			io.WriteString(w, webUser.Get(s))
			return
		}
		g.pass()
		webUser.Set(s, "guest")
	})))
	var waits []func() int
	for range requests {
		waits = append(waits, b.start("/"))
	}
	for range requests {
		g.await(t)
	}
	g.open()
	for _, wait := range waits {
		if status := wait(); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	b.expect("/user", "guest")
	if n := web.store.held(); n != requests {
		t.Errorf("%d records for %d first requests", n, requests)
	}
}
