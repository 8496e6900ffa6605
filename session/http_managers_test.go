package session_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// Two managers in one chain: the function From finds the innermost, each
// manager's own From finds its own, and both cookies go out.
func TestTwoManagersInOneChain(t *testing.T) {
	t.Parallel()
	st := newTap()
	outer := newWeb(t, session.Options{Name: "outer", Store: st})
	inner := newWeb(t, session.Options{Name: "inner", Store: st})
	server := outer.serve(inner.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if session.From(r) != inner.From(r) {
			t.Error("session.From is not the innermost manager's")
		}
		if s, ok := session.FromContext(r.Context()); !ok || s != inner.From(r) {
			t.Error("FromContext is not the innermost manager's")
		}
		if inner.From(r) == outer.From(r) {
			t.Error("two managers share a session")
		}
		webUser.Set(inner.From(r), webUser.Get(inner.From(r))+"i")
		webUser.Set(outer.From(r), webUser.Get(outer.From(r))+"o")
		io.WriteString(w, webUser.Get(inner.From(r))+webUser.Get(outer.From(r)))
	})))
	b := newBrowser(t, server)
	b.expect("/", "io")
	b.expect("/", "iioo")
	if n := st.held(); n != 2 {
		t.Errorf("%d records, want one for each manager", n)
	}
}

// What one manager cannot store makes the response an error, and takes the
// cookie of the other with it.
func TestTwoManagersOneFails(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{"outer", "inner"} {
		t.Run(failing, func(t *testing.T) {
			t.Parallel()
			stores := map[string]*tap{"outer": newTap(), "inner": newTap()}
			stores[failing].fail("create", errDown)
			outer := newWeb(t, session.Options{Name: "outer", Store: stores["outer"]})
			inner := newWeb(t, session.Options{Name: "inner", Store: stores["inner"]})
			resp := outer.answer(request("/", ""), inner.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				webUser.Set(inner.From(r), "i")
				webUser.Set(outer.From(r), "o")
				w.Header().Set("X-Handler", "x")
			})).ServeHTTP)
			if resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("status %d, want 503", resp.StatusCode)
			}
			for _, c := range resp.Cookies() {
				if c.Name == failing || failing == "outer" {
					t.Errorf("cookie %s in the error response", c.Name)
				}
			}
			if resp.Header.Get("X-Handler") != "" {
				t.Error("a header of the handler is in the error response")
			}
		})
	}
}

// The same manager twice in a chain is there once.
func TestSameManagerTwice(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	var seen *session.Session
	h := web.Handler(web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = session.From(r)
		webUser.Set(seen, "alice")
	})))
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request("/", ""))
	resp := recorder.Result()
	if ops := web.store.took(); ops != "create" {
		t.Errorf("operations %q, want one create", ops)
	}
	if sentID(t, resp) != seen.ID() {
		t.Errorf("Set-Cookie %q", resp.Header["Set-Cookie"])
	}
}

// Outside of a manager's Handler there is no session: From panics with a text
// that helps, FromContext says so.
func TestFromWithoutHandler(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	if s, ok := session.FromContext(context.Background()); s != nil || ok {
		t.Errorf("FromContext = %v, %v", s, ok)
	}
	for name, from := range map[string]func(*http.Request) *session.Session{"From": session.From, "Manager.From": web.From} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); text == "" {
					t.Error("no panic with a text")
				}
			}()
			from(request("/", ""))
		})
	}
}

// A request that is outside of the cookie's path has no session.
func TestHandlerOutsideOfCookiePath(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{Cookie: session.Cookie{Path: "/app"}})
	for path, want := range map[string]bool{"/app": true, "/app/x": true, "/": false, "/application": false} {
		var got bool
		web.answer(request(path, ""), func(w http.ResponseWriter, r *http.Request) {
			_, got = session.FromContext(r.Context())
		})
		if got != want {
			t.Errorf("%s: session %v, want %v", path, got, want)
		}
	}
}

// Load and Commit are the middleware's decisions without the middleware.
func TestLoadAndCommit(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	load := func(id string) (*session.Session, http.Header) {
		t.Helper()
		s, err := web.Manager.Load(request("/", id))
		if err != nil {
			t.Fatal(err)
		}
		return s, http.Header{}
	}

	s, h := load("")
	webUser.Set(s, "alice")
	if err := s.Commit(h); err != nil {
		t.Fatal(err)
	}
	id := sentID(t, &http.Response{Header: h})
	if id == "" || id != s.ID() {
		t.Fatalf("cookie for %q, session %q", id, s.ID())
	}
	if got := web.load(t, id, webUser); got != "alice" {
		t.Errorf("stored user %q", got)
	}

	// After Commit an existing session can still be stored, and no cookie set.
	webNote.Set(s, "late")
	late := http.Header{}
	if err := s.Commit(late); err != nil || len(late) > 0 {
		t.Errorf("second Commit: %v, header %v", err, late)
	}
	if got := web.load(t, id, webNote); got != "late" {
		t.Errorf("note after a second Commit: %q", got)
	}

	s, h = load("")
	if err := s.Commit(h); err != nil || len(h) > 0 {
		t.Errorf("Commit of nothing: %v, header %v", err, h)
	}
	webUser.Set(s, "too late")
	if err := s.Commit(h); !errors.Is(err, session.ErrHeaderSent) || len(h) > 0 {
		t.Errorf("Commit of a new session after the header: %v, header %v, want ErrHeaderSent", err, h)
	}
	if n := web.store.held(); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}

func TestLoadAndCommitReportErrors(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.fail("get", errDown)
	s, err := web.Manager.Load(request("/", "some-id"))
	if !errors.Is(err, errDown) || s == nil || !errors.Is(s.Err(), errDown) {
		t.Fatalf("Load = %v, %v", s, err)
	}
	h := http.Header{}
	if err := s.Commit(h); !errors.Is(err, errDown) || len(h) > 0 {
		t.Errorf("Commit = %v, header %v", err, h)
	}
	web.store.fail("create", errDown)
	s, err = web.Manager.Load(request("/", ""))
	if err != nil {
		t.Fatal(err)
	}
	webUser.Set(s, "alice")
	if err := s.Commit(h); !errors.Is(err, errDown) || len(h) > 0 {
		t.Errorf("Commit = %v, header %v", err, h)
	}
}
