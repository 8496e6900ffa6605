package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// action is something that a handler does to its session.
type action func(s *session.Session, ctx context.Context) error

var (
	setUser    action = func(s *session.Session, _ context.Context) error { webUser.Set(s, "bob"); return nil }
	save       action = (*session.Session).Save
	reload     action = (*session.Session).Reload
	destroy    action = (*session.Session).Destroy
	renew      action = (*session.Session).Renew
	regenerate action = (*session.Session).Regenerate
	discard    action = func(s *session.Session, _ context.Context) error { s.Discard(); return nil }
	touch      action = func(s *session.Session, _ context.Context) error { s.Touch(); return nil }
	nothing    action = func(s *session.Session, _ context.Context) error { return nil }
	update     action = func(s *session.Session, _ context.Context) error { _, err := webCount.Update(s, increment); return err }
	setBad     action = func(s *session.Session, _ context.Context) error {
		session.Key[func()]("f").Set(s, func() {})
		return nil
	}
)

// all does one after another and returns the last error.
func all(actions ...action) action {
	return func(s *session.Session, ctx context.Context) (err error) {
		for _, act := range actions {
			err = act(s, ctx)
		}
		return err
	}
}

// A store that fails makes the response an error, whether the handler ignores
// the error that it is given or is not given any.
func TestFailedOperation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		id     string
		fails  string // the operation
		act    action
		own    int // the handler's status
		status int
	}{
		{"commit of a new session", "", "create", setUser, 200, 503},
		{"commit of a change", "some-id", "save", setUser, 200, 503},
		{"commit of a change, 404", "some-id", "save", setUser, 404, 503},
		{"commit of a change, 500", "some-id", "save", setUser, 500, 503},
		{"commit of a change, 507", "some-id", "save", setUser, 507, 503},
		{"commit of Renew, create", "some-id", "create", renew, 200, 503},
		{"commit of Renew, delete", "some-id", "delete", renew, 200, 503},
		{"commit of Regenerate, create", "some-id", "create", regenerate, 200, 503},
		{"commit of Regenerate, delete", "some-id", "delete", regenerate, 200, 503},
		{"Save ignored", "some-id", "save", all(setUser, save), 200, 503},
		{"Save of a new session ignored", "", "create", all(setUser, save), 302, 503},
		{"Save ignored, 404", "some-id", "save", all(setUser, save), 404, 503},
		{"Save answered with 500", "some-id", "save", all(setUser, save), 500, 500},
		{"Save answered with 503", "some-id", "save", all(setUser, save), 503, 503},
		{"Destroy ignored", "some-id", "delete", destroy, 200, 503},
		{"Destroy answered with 502", "some-id", "delete", destroy, 502, 502},
		{"Reload answered with 500", "some-id", "get", reload, 500, 500},
		{"Reload ignored", "some-id", "get", reload, 200, 503},
		{"unencodable", "some-id", "", setBad, 200, 500},
		{"unencodable, new session", "", "", setBad, 404, 500},
		{"unencodable, then Save", "some-id", "", all(setBad, save), 200, 500},
		{"touch", "some-id", "touch", touch, 200, 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", `,"user":"alice"`)
			resp := web.run(tc.id, func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				web.store.failOnce(tc.fails, errDown)
				w.Header().Set("X-Handler", "x")
				tc.act(s, r.Context())
				w.WriteHeader(tc.own)
				io.WriteString(w, "from the handler")
			})
			web.store.fail("", nil)
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
			own := tc.status == tc.own
			if body, _ := io.ReadAll(resp.Body); (string(body) == "from the handler") != own {
				t.Errorf("body %q", body)
			}
			if sentID(t, resp) != "" || !own && resp.Header.Get("X-Handler") != "" {
				t.Errorf("header %v", resp.Header)
			}
			if !own && resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control %q", resp.Header.Get("Cache-Control"))
			}
			if got := web.load(t, "some-id", webUser); got != "alice" || web.store.held() != 1 {
				t.Errorf("user %q is stored, %d records", got, web.store.held())
			}
		})
	}
}

// An error that a later call makes good is forgotten.
func TestErrorMadeGood(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails        string
		first, again action
	}{
		"Save":                 {"save", all(setUser, save), save},
		"Save, then Destroy":   {"save", all(setUser, save), destroy},
		"Destroy":              {"delete", destroy, destroy},
		"Reload":               {"get", reload, reload},
		"Reload, then Destroy": {"get", reload, destroy},
		"value, then Destroy":  {"", setBad, destroy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", "")
			resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				web.store.fail(tc.fails, errDown)
				tc.first(s, r.Context())
				if s.Err() == nil {
					t.Error("no error at first")
				}
				web.store.fail("", nil)
				if err := tc.again(s, r.Context()); err != nil || s.Err() != nil {
					t.Errorf("then: %v, Err = %v", err, s.Err())
				}
			})
			if resp.StatusCode != http.StatusOK {
				t.Errorf("status %d", resp.StatusCode)
			}
		})
	}
}

// A touch that fails costs the response nothing; it is counted and logged.
func TestFailedTouch(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{TouchAfter: -1})
	web.store.plant(t, "some-id", "")
	web.store.fail("touch", errDown)
	resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) { session.From(r) })
	if resp.StatusCode != http.StatusOK || sentID(t, resp) != "" {
		t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
	}
	if got := web.Stats(); got != (session.Stats{FailedTouches: 1}) {
		t.Errorf("Stats = %+v", got)
	}
	if !strings.Contains(web.log.String(), errDown.Error()) {
		t.Errorf("log: %s", web.log)
	}
}

// Headers that were there before the middleware stay in an error response,
// those of the handler go.
func TestErrorKeepsOuterHeaders(t *testing.T) {
	t.Parallel()
	for _, looks := range []bool{true, false} {
		web := newWeb(t, session.Options{})
		web.store.fail("create", errDown)
		recorder := httptest.NewRecorder()
		outer := recorder.Header()
		outer["X-Multi"] = []string{"1", "2"}
		outer.Set("Strict-Transport-Security", "max-age=1")
		outer.Set("X-Changed", "outer")
		web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			webUser.Set(session.From(r), "alice")
			if looks {
				h := w.Header()
				h.Add("X-Multi", "3")
				h.Set("X-Changed", "handler")
				h.Del("Strict-Transport-Security")
				h.Set("X-Handler", "x")
				h.Set("Content-Length", "1000")
				h.Set("Set-Cookie", "a=b")
				h.Set("ETag", "x")
			}
		})).ServeHTTP(recorder, request("/", ""))
		h := recorder.Result().Header
		if !slices.Equal(h["X-Multi"], []string{"1", "2"}) || h.Get("Strict-Transport-Security") == "" || h.Get("X-Changed") != "outer" {
			t.Errorf("handler looks %v: outer headers are gone: %v", looks, h)
		}
		for _, name := range []string{"X-Handler", "Content-Length", "Set-Cookie", "ETag"} {
			if h.Get(name) != "" {
				t.Errorf("the handler's %s is left: %v", name, h)
			}
		}
	}
}

// A store that hangs is an error within StoreTimeout, whatever waits for it.
func TestHangingStore(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		op, id string
		act    action
		status int
		o      session.Options
	}{
		{"get", "some-id", nothing, 503, session.Options{}},
		{"get", "some-id", nothing, 503, session.Options{Eager: true}},
		{"create", "", setUser, 503, session.Options{}},
		{"save", "some-id", setUser, 503, session.Options{}},
		{"save", "some-id", all(setUser, save), 503, session.Options{}},
		{"delete", "some-id", destroy, 503, session.Options{}},
		{"delete", "some-id", renew, 503, session.Options{}},
		{"touch", "some-id", touch, 200, session.Options{}},
		{"create", "some-id", nothing, 200, session.Options{RenewAfter: time.Nanosecond}},
		{"create", "some-id", setUser, 503, session.Options{RenewAfter: time.Nanosecond}},
	} {
		t.Run(fmt.Sprintf("%s, %+v", tc.op, tc.status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tc.o.StoreTimeout = 3 * time.Second
				web := newWeb(t, tc.o)
				web.store.plant(t, "some-id", `,"sojourn":{"created":1}`)
				web.store.intercept(func(ctx context.Context, op, _ string) error {
					if op != tc.op {
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				})
				start := time.Now()
				resp := web.run(tc.id, func(w http.ResponseWriter, r *http.Request) { tc.act(session.From(r), r.Context()) })
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("it took %v, want StoreTimeout", took)
				}
				if resp.StatusCode != tc.status {
					t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
				}
			})
		})
	}
}

// Conflicts without end are an error when the time is over.
func TestEndlessConflicts(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]action{"save": setUser, "renew": renew, "destroy": destroy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				web := newWeb(t, session.Options{StoreTimeout: 3 * time.Second})
				web.store.plant(t, "some-id", `,"user":"alice"`)
				web.store.intercept(func(ctx context.Context, op, id string) error {
					if (op == "save" || op == "delete") && id == "some-id" {
						return store.ErrConflict
					}
					return nil
				})
				start := time.Now()
				resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
					act(session.From(r), r.Context())
				})
				if took := time.Since(start); took != 3*time.Second || resp.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("status %d after %v", resp.StatusCode, took)
				}
				if got := web.load(t, "some-id", webUser); got != "alice" {
					t.Errorf("user %q is stored", got)
				}
			})
		})
	}
}

// The error is given to the ErrorHandler, which may write what it likes, but
// not as if all were well.
func TestErrorHandler(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		write  func(w http.ResponseWriter)
		status int
		body   string
	}{
		"nothing":    {func(http.ResponseWriter) {}, 503, ""},
		"body":       {func(w http.ResponseWriter) { io.WriteString(w, "sorry") }, 503, "sorry"},
		"200":        {func(w http.ResponseWriter) { w.WriteHeader(200); io.WriteString(w, "sorry") }, 503, "sorry"},
		"302":        {func(w http.ResponseWriter) { w.WriteHeader(302) }, 503, ""},
		"500":        {func(w http.ResponseWriter) { http.Error(w, "sorry", 500) }, 500, "sorry\n"},
		"507":        {func(w http.ResponseWriter) { w.WriteHeader(507) }, 507, ""},
		"flush":      {func(w http.ResponseWriter) { http.NewResponseController(w).Flush() }, 503, ""},
		"103, body":  {func(w http.ResponseWriter) { w.WriteHeader(103); io.WriteString(w, "sorry") }, 503, "sorry"},
		"file":       {func(w http.ResponseWriter) { io.Copy(w, strings.NewReader("sorry")) }, 503, "sorry"},
		"200 of 304": {func(w http.ResponseWriter) { w.WriteHeader(304) }, 503, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			web := newWeb(t, session.Options{ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
				asked++
				if !errors.Is(err, errDown) {
					t.Errorf("error %v", err)
				}
				if got := webUser.Get(session.From(r)); got != "alice" {
					t.Errorf("the request's session has user %q", got)
				}
				tc.write(w)
			}})
			web.store.fail("create", errDown)
			server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				webUser.Set(session.From(r), "alice")
				if n, err := io.WriteString(w, "from the handler"); n != 0 || !errors.Is(err, errDown) {
					t.Errorf("WriteString = %d, %v", n, err)
				}
				if err := http.NewResponseController(w).Flush(); !errors.Is(err, errDown) {
					t.Errorf("Flush = %v", err)
				}
				if _, err := io.Copy(w, strings.NewReader("file")); !errors.Is(err, errDown) {
					t.Errorf("io.Copy: %v", err)
				}
				w.WriteHeader(http.StatusOK)
			}))
			b := newBrowser(t, server)
			if status, body := b.get("/"); status != tc.status || body != tc.body {
				t.Errorf("status %d, body %q, want %d and %q", status, body, tc.status, tc.body)
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}
