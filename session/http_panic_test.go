package session_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// recoverer answers a panic with 500, as many middlewares do.
func recoverer(next http.Handler) http.Handler {
	return recovererWith(next, nil)
}

// recovererWith is recoverer with another writer to answer to.
func recovererWith(next http.Handler, writer func() http.ResponseWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				if writer != nil {
					w = writer()
				}
				http.Error(w, "sorry", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// A handler that panics stores nothing of what it changed, and sets no cookie.
func TestPanicStoresNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before func(s *session.Session, w http.ResponseWriter, r *http.Request)
		panics any
		ops    string
	}{
		"set": {
			func(s *session.Session, _ http.ResponseWriter, _ *http.Request) { webUser.Set(s, "mallory") }, "oops", "get"},
		"abort": {
			func(s *session.Session, _ http.ResponseWriter, _ *http.Request) { webUser.Set(s, "mallory") }, http.ErrAbortHandler, "get"},
		"renew": {
			func(s *session.Session, _ http.ResponseWriter, r *http.Request) { s.Renew(r.Context()) }, "oops", "get"},
		"regenerate": {
			func(s *session.Session, _ http.ResponseWriter, r *http.Request) { s.Regenerate(r.Context()) }, "oops", "get"},
		"write, then set": {
			func(s *session.Session, w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "partial")
				webUser.Set(s, "mallory")
			}, "oops", "get"},
		"flush, then clear, abort": {
			func(s *session.Session, w http.ResponseWriter, _ *http.Request) {
				w.(http.Flusher).Flush()
				s.Clear()
			}, http.ErrAbortHandler, "get"},
	} {
		for _, outer := range []string{"net/http", "recoverer", "recoverer with the handler's writer"} {
			t.Run(name+", "+outer, func(t *testing.T) {
				t.Parallel()
				web := newWeb(t, session.Options{})
				web.store.plant(t, "some-id", `,"user":"alice"`)
				before := web.store.data("some-id")
				var inner http.ResponseWriter
				h := web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					inner = w
					tc.before(session.From(r), w, r)
					panic(tc.panics)
				}))
				switch outer {
				case "recoverer":
					h = recoverer(h)
				case "recoverer with the handler's writer": // as in Echo
					h = recovererWith(h, func() http.ResponseWriter { return inner })
				}
				server := startServer(t, h, false)
				req, err := http.NewRequest(http.MethodGet, server.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Cookie", webName+"="+signed("some-id"))
				if resp, err := server.Client().Do(req); err == nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					if len(resp.Header["Set-Cookie"]) > 0 {
						t.Errorf("Set-Cookie %q", resp.Header["Set-Cookie"])
					}
				}
				server.Close() // waits for the handler
				if ops := web.store.took(); ops != tc.ops {
					t.Errorf("operations %q, want %q", ops, tc.ops)
				}
				if got := web.store.data("some-id"); got != before || web.store.held() != 1 {
					t.Errorf("record changed to %s, %d records", got, web.store.held())
				}
			})
		}
	}
}

// What Save has stored before the panic stays: it acts at once.
func TestPanicAfterSave(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "some-id", "")
	recorder := httptest.NewRecorder()
	recoverer(web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		webUser.Set(s, "alice")
		if err := s.Save(r.Context()); err != nil {
			t.Error(err)
		}
		webUser.Set(s, "mallory")
		panic("oops")
	}))).ServeHTTP(recorder, request("/", "some-id"))
	if got := web.load(t, "some-id", webUser); got != "alice" {
		t.Errorf("user %q, want what was saved", got)
	}
}

// What a handler changes after the header is stored, if the session existed.
func TestExistingSessionChangedAfterHeader(t *testing.T) {
	t.Parallel()
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", `,"user":"alice"`)
			resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				write(w)
				webNote.Set(s, "late")
				if n, err := webCount.Update(s, increment); n != 1 || err != nil {
					t.Errorf("Update = %d, %v", n, err)
				}
				if err := s.Renew(r.Context()); !errors.Is(err, session.ErrHeaderSent) {
					t.Errorf("Renew = %v, want ErrHeaderSent", err)
				}
				if err := s.Regenerate(r.Context()); !errors.Is(err, session.ErrHeaderSent) {
					t.Errorf("Regenerate = %v, want ErrHeaderSent", err)
				}
				if s.ID() != "some-id" || s.Err() != nil {
					t.Errorf("ID = %q, Err = %v", s.ID(), s.Err())
				}
			})
			if resp.StatusCode != http.StatusOK || sentID(t, resp) != "" {
				t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
			}
			if got := web.load(t, "some-id", webNote); got != "late" {
				t.Errorf("note %q is stored", got)
			}
		})
	}
}

// writes are the ways to send a header.
var writes = map[string]func(http.ResponseWriter){
	"Write":       func(w http.ResponseWriter) { w.Write([]byte("ok")) },
	"WriteString": func(w http.ResponseWriter) { io.WriteString(w, "ok") },
	"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(http.StatusOK) },
	"Flush":       func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
	"controller":  func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
	"io.Copy":     func(w http.ResponseWriter) { io.Copy(w, strings.NewReader("ok")) },
}

// A new session that is changed after the header leaves no record, for nobody
// would ever know its id: it is reported and logged.
func TestNewSessionChangedAfterHeader(t *testing.T) {
	t.Parallel()
	changes := map[string]func(s *session.Session, r *http.Request) error{
		"Set":    func(s *session.Session, r *http.Request) error { webUser.Set(s, "alice"); return s.Err() },
		"Update": func(s *session.Session, r *http.Request) error { _, err := webCount.Update(s, increment); return err },
		"Save":   func(s *session.Session, r *http.Request) error { return s.Save(r.Context()) },
		"Renew":  func(s *session.Session, r *http.Request) error { return s.Renew(r.Context()) },
		"Regenerate": func(s *session.Session, r *http.Request) error {
			return s.Regenerate(r.Context())
		},
		"SetCookie": func(s *session.Session, r *http.Request) error {
			s.SetCookie(session.Cookie{MaxAge: 1e9})
			return s.Err()
		},
	}
	for by, write := range writes {
		for name, change := range changes {
			for _, early := range []bool{true, false} {
				t.Run(name+" after "+by, func(t *testing.T) {
					t.Parallel()
					testNewSessionAfterHeader(t, name, early, write, change)
				})
			}
		}
	}
}

func testNewSessionAfterHeader(t *testing.T, name string, early bool, write func(http.ResponseWriter), change func(*session.Session, *http.Request) error) {
	web := newWeb(t, session.Options{})
	resp := web.run("", func(w http.ResponseWriter, r *http.Request) {
		if early {
			session.From(r)
		}
		write(w)
		s := session.From(r)
		if err := change(s, r); !errors.Is(err, session.ErrHeaderSent) {
			t.Errorf("error %v, want ErrHeaderSent", err)
		}
	})
	if resp.StatusCode != http.StatusOK || sentID(t, resp) != "" {
		t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
	}
	if ops := web.store.took(); ops != "" || web.store.held() != 0 {
		t.Errorf("operations %q, %d records, want none", ops, web.store.held())
	}
	// Renew and Regenerate have told the caller and left nothing to be lost.
	if logged := strings.Contains(web.log.String(), session.ErrHeaderSent.Error()); !logged && name != "Renew" && name != "Regenerate" {
		t.Errorf("nothing in the log: %s", web.log)
	}
}

// Destroy after the header removes the record, and cannot clear the cookie.
func TestDestroyAfterHeader(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "some-id", "")
	resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "bye")
		if err := session.From(r).Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if web.store.held() != 0 || sentID(t, resp) != "" {
		t.Errorf("%d records, cookie %q", web.store.held(), sentID(t, resp))
	}
}

// A panic in what the application gave the session to call is the request's, as
// one in its handler is: the next one is answered.
func TestPanicWhileStoring(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{
		Hooks: session.Hooks{Created: func(context.Context, session.Event) { panic("in a hook") }},
	})
	srv := web.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { webUser.Set(session.From(r), "alice") }))
	for range 2 {
		resp, err := srv.Client().Get(srv.URL)
		if err == nil {
			resp.Body.Close()
			t.Errorf("answered with %d", resp.StatusCode)
		}
	}

	web = newWeb(t, session.Options{})
	id := sentID(t, web.run("", func(_ http.ResponseWriter, r *http.Request) { webCount.Set(session.From(r), 1) }))
	h := recoverer(web.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		runs := 0
		if _, err := webCount.Update(s, func(n int) int {
			if runs++; runs > 1 {
				panic("in an update that is made again")
			}
			return n + 1
		}); err != nil {
			t.Error(err)
		}
		web.run(id, func(_ http.ResponseWriter, r *http.Request) { webNote.Set(session.From(r), "meanwhile") })
	})))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, request("/", id))
	if rec.Code != http.StatusInternalServerError {
		t.Errorf("status %d", rec.Code)
	}
	web.run(id, func(_ http.ResponseWriter, r *http.Request) {
		if s := session.From(r); webCount.Get(s) != 1 || webNote.Get(s) != "meanwhile" {
			t.Errorf("count %d, note %q", webCount.Get(s), webNote.Get(s))
		}
	})
}
