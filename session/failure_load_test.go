package session_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

var errDown = errors.New("the store is down")

// When the load fails, the response is an error whatever the handler wrote,
// the session reads as empty, and nothing is stored.
func TestFailedLoad(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"nothing":    func(w http.ResponseWriter, r *http.Request) {},
		"a body":     func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "welcome") },
		"201":        func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusCreated) },
		"404":        func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"500":        func(w http.ResponseWriter, r *http.Request) { http.Error(w, "mine", http.StatusInternalServerError) },
		"redirect":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) },
		"flush":      func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() },
		"set":        func(w http.ResponseWriter, r *http.Request) { webUser.Set(session.From(r), "alice") },
		"clear":      func(w http.ResponseWriter, r *http.Request) { session.From(r).Clear() },
		"discard":    func(w http.ResponseWriter, r *http.Request) { session.From(r).Discard() },
		"touch":      func(w http.ResponseWriter, r *http.Request) { session.From(r).Touch() },
		"renew":      func(w http.ResponseWriter, r *http.Request) { session.From(r).Renew(r.Context()) },
		"regenerate": func(w http.ResponseWriter, r *http.Request) { session.From(r).Regenerate(r.Context()) },
		"save":       func(w http.ResponseWriter, r *http.Request) { session.From(r).Save(r.Context()) },
		"destroy":    func(w http.ResponseWriter, r *http.Request) { session.From(r).Destroy(r.Context()) },
		"update":     func(w http.ResponseWriter, r *http.Request) { webCount.Update(session.From(r), increment) },
		"setcookie":  func(w http.ResponseWriter, r *http.Request) { session.From(r).SetCookie(session.Cookie{MaxAge: 1e9}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{Rolling: true, SaveUninitialized: true})
			web.store.plant(t, "some-id", `,"user":"alice"`)
			before := web.store.data("some-id")
			web.store.fail("get", errDown)
			resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				if !errors.Is(s.Err(), errDown) {
					t.Errorf("Err = %v", s.Err())
				}
				if webUser.Get(s) != "" || len(s.Keys()) != 0 || !s.IsNew() {
					t.Error("the session does not read as empty")
				}
				w.Header().Set("X-Handler", "x")
				h(w, r)
			})
			if resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("status %d, want 503", resp.StatusCode)
			}
			body, _ := io.ReadAll(resp.Body)
			if got := string(body); got != "Service Unavailable\n" {
				t.Errorf("body %q", got)
			}
			if resp.Header.Get("X-Handler") != "" || sentID(t, resp) != "" {
				t.Errorf("header %v", resp.Header)
			}
			if ops := web.store.took(); ops != "get" {
				t.Errorf("operations %q, want one get", ops)
			}
			if got := web.store.data("some-id"); got != before {
				t.Errorf("record changed to %s", got)
			}
		})
	}
}

func increment(n int) int { return n + 1 }

// A failed load that a Reload makes good is forgotten.
func TestFailedLoadMadeGoodByReload(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "some-id", `,"user":"alice"`)
	web.store.fail("get", errDown)
	resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		webUser.Set(s, "mallory")
		web.store.fail("", nil)
		if err := s.Reload(r.Context()); err != nil || s.Err() != nil {
			t.Errorf("Reload = %v, Err = %v", err, s.Err())
		}
		io.WriteString(w, webUser.Get(s))
	})
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || string(body) != "alice" {
		t.Errorf("status %d, body %q", resp.StatusCode, body)
	}
}

// With Eager the failure is answered before the handler runs.
func TestFailedEagerLoad(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{Eager: true})
	web.store.plant(t, "some-id", "")
	web.store.fail("get", errDown)
	resp := web.run("some-id", func(http.ResponseWriter, *http.Request) { t.Error("the handler runs") })
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503", resp.StatusCode)
	}
}

// A request that does not ask for its session, and one whose cookie nobody
// here has signed, cost the store nothing.
func TestNoStoreCall(t *testing.T) {
	t.Parallel()
	from := func(w http.ResponseWriter, r *http.Request) { webUser.Get(session.From(r)) }
	pass := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }
	long := make([]byte, 129)
	for i := range long {
		long[i] = 'a'
	}
	for name, tc := range map[string]struct {
		cookie string
		eager  bool
		h      http.HandlerFunc
	}{
		"never asked":           {signed("some-id"), false, pass},
		"no cookie":             {"", false, from},
		"no cookie, eager":      {"", true, pass},
		"plain id":              {"some-id", false, from},
		"plain id, eager":       {"some-id", true, from},
		"unsigned":              {"s%3Asome-id", false, from},
		"wrong signature":       {"s%3Asome-id.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false, from},
		"signature of other id": {"s%3Aother" + signed("some-id")[len("s%3Asome-id"):], false, from},
		"signed, empty id":      {signed(""), false, from},
		"signed, bad byte":      {signed("some id"), false, from},
		"signed, too long":      {signed(string(long)), false, from},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{Eager: tc.eager, Rolling: true})
			web.store.plant(t, "some-id", "")
			r := request("/", "")
			if tc.cookie != "" {
				r.Header.Set("Cookie", webName+"="+tc.cookie)
			}
			resp := web.answer(r, tc.h)
			if ops := web.store.took(); ops != "" {
				t.Errorf("operations %q, want none", ops)
			}
			if resp.StatusCode != http.StatusOK || len(resp.Header["Set-Cookie"]) > 0 {
				t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
			}
		})
	}
}
