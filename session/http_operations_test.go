package session_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// What each kind of request does to the store and to the browser's cookie.
// Compare express-session's tables: it differs where docs/express.md says so.
func TestOperations(t *testing.T) {
	t.Parallel()
	var (
		age     = session.Options{Cookie: session.Cookie{MaxAge: time.Hour}}
		rolling = session.Options{Rolling: true}
		resave  = session.Options{Resave: true}
		uninit  = session.Options{SaveUninitialized: true}
		eager   = session.Options{Eager: true}
		always  = session.Options{TouchAfter: -1}
		none    = session.Options{}
	)
	setCookie := func(c session.Cookie) action {
		return func(s *session.Session, _ context.Context) error { s.SetCookie(c); return nil }
	}
	revert := all(set(webUser, "x"), set(webUser, "guest"))
	for _, tc := range []struct {
		name   string
		o      session.Options
		id     string // "live" is one that is stored, "dead" one that is not
		act    action // nil does not even ask for the session
		ops    string
		cookie string // "", "same", "new", "cleared"
	}{
		// A new session.
		{"new, not asked for", none, "", nil, "", ""},
		{"new, untouched", none, "", nothing, "", ""},
		{"new, untouched, SaveUninitialized", uninit, "", nothing, "create", "new"},
		{"new, not asked for, SaveUninitialized", uninit, "", nil, "", ""},
		{"new, untouched, Rolling", rolling, "", nothing, "", ""},
		{"new, untouched, Resave", resave, "", nothing, "", ""},
		{"new, touch", none, "", touch, "", ""},
		{"new, set", none, "", setUser, "create", "new"},
		{"new, set and deleted", none, "", all(setUser, remove(webUser)), "", ""},
		{"new, set, discard", none, "", all(setUser, discard), "", ""},
		{"new, save", none, "", save, "create", "new"},
		{"new, set, save", none, "", all(setUser, save), "create", "new"},
		{"new, save, set", none, "", all(save, setUser), "create save", "new"},
		{"new, set, discard, save", none, "", all(setUser, discard, save), "create", "new"},
		{"new, destroy", none, "", destroy, "", ""},
		{"new, set, destroy", none, "", all(setUser, destroy), "", ""},
		{"new, set, save, destroy", none, "", all(setUser, save, destroy), "create delete", ""},
		{"new, regenerate", none, "", regenerate, "create", "new"},
		{"new, renew", none, "", renew, "", ""},
		{"new, set, renew", none, "", all(setUser, renew), "create", "new"},
		{"new, cookie changed", none, "", setCookie(session.Cookie{MaxAge: time.Minute}), "create", "new"},
		{"dead id, untouched", none, "dead", nothing, "get", ""},
		{"dead id, set", none, "dead", setUser, "get create", "new"},
		{"dead id, destroy", none, "dead", destroy, "get", "cleared"},

		// A session that is there.
		{"not asked for", none, "live", nil, "", ""},
		{"not asked for, Eager", eager, "live", nil, "get", ""},
		{"not asked for, Eager, always touched", session.Options{Eager: true, TouchAfter: -1}, "live", nil, "get touch", ""},
		{"untouched", none, "live", nothing, "get", ""},
		{"untouched, touch due", always, "live", nothing, "get touch", ""},
		{"untouched, Rolling", rolling, "live", nothing, "get touch", "same"},
		{"untouched, Resave", resave, "live", nothing, "get save", ""},
		{"untouched, MaxAge in Options only", age, "live", nothing, "get", ""},
		{"touch", none, "live", touch, "get touch", ""},
		{"set", none, "live", setUser, "get save", ""},
		{"set, Rolling", rolling, "live", setUser, "get save", "same"},
		{"set to the same", none, "live", set(webUser, "guest"), "get", ""},
		{"set and reverted", none, "live", revert, "get", ""},
		{"clear", none, "live", empty, "get save", ""},
		{"save", none, "live", save, "get save", ""},
		{"save, touch due", always, "live", save, "get save touch", ""},
		{"set, save", none, "live", all(setUser, save), "get save", ""},
		{"save, set", none, "live", all(save, setUser), "get save save", ""},
		{"reload", none, "live", reload, "get get", ""},
		{"set, reload", none, "live", all(setUser, reload), "get get", ""},
		{"renew, reload", none, "live", all(renew, reload), "get get", ""},
		{"discard", always, "live", discard, "get", ""},
		{"set, discard", rolling, "live", all(setUser, discard), "get", ""},
		{"set, discard, save", none, "live", all(setUser, discard, save), "get save", ""},
		{"destroy", none, "live", destroy, "get delete", "cleared"},
		{"destroy, SaveUninitialized", uninit, "live", destroy, "get delete", "cleared"},
		{"destroy, set, SaveUninitialized", uninit, "live", all(destroy, setUser), "get delete create", "new"},
		{"destroy twice", none, "live", all(destroy, destroy), "get delete", "cleared"},
		{"destroy, set", none, "live", all(destroy, setUser), "get delete create", "new"},
		{"destroy, renew", none, "live", all(destroy, renew), "get delete", "cleared"},
		{"destroy, regenerate", none, "live", all(destroy, regenerate), "get delete create", "new"},
		{"set, destroy", none, "live", all(setUser, destroy), "get delete", "cleared"},
		{"renew", none, "live", renew, "get create delete", "new"},
		{"renew twice", none, "live", all(renew, renew), "get create delete", "new"},
		{"renew, save", none, "live", all(renew, save), "get create delete", "new"},
		{"renew, save, set", none, "live", all(renew, save, setUser), "get create delete save", "new"},
		{"renew, destroy", none, "live", all(renew, destroy), "get delete", "cleared"},
		{"save, renew", none, "live", all(save, renew), "get save create delete", "new"},
		{"regenerate", none, "live", regenerate, "get create delete", "new"},
		{"regenerate, save", none, "live", all(regenerate, save), "get create delete", "new"},
		{"regenerate, set", none, "live", all(regenerate, setUser), "get create delete", "new"},
		{"cookie changed", none, "live", setCookie(session.Cookie{MaxAge: time.Minute}), "get save", "same"},
		{"cookie as it is", none, "live", setCookie(session.Cookie{Secure: session.SecureNever}), "get", ""},
		{"periodic renewal", session.Options{RenewAfter: time.Nanosecond}, "aged", nothing, "get create save", "new"},
		{"periodic renewal, set", session.Options{RenewAfter: time.Nanosecond}, "aged", setUser, "get create save", "new"},
		{"periodic renewal, renew", session.Options{RenewAfter: time.Nanosecond}, "aged", renew, "get create delete", "new"},
		{"periodic renewal not due", session.Options{RenewAfter: 1e6 * time.Hour}, "aged", nothing, "get", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, tc.o)
			web.store.plant(t, "live", `,"user":"guest"`)
			web.store.plant(t, "aged", `,"user":"guest","sojourn":{"created":1}`)
			var s *session.Session
			resp := web.run(tc.id, func(w http.ResponseWriter, r *http.Request) {
				if tc.act != nil {
					s = session.From(r)
					must(t, tc.act(s, r.Context()))
				}
				io.WriteString(w, "ok")
			})
			if resp.StatusCode != http.StatusOK {
				t.Errorf("status %d", resp.StatusCode)
			}
			if ops := web.store.took(); ops != tc.ops {
				t.Errorf("operations %q, want %q", ops, tc.ops)
			}
			id := sentID(t, resp)
			if got := kindOfCookie(id, tc.id); got != tc.cookie {
				t.Errorf("cookie %q, want %q", got, tc.cookie)
			}
			if s != nil && (tc.cookie == "new" || tc.cookie == "same") && s.ID() != id {
				t.Errorf("cookie for %q, session %q", id, s.ID())
			}
			checkCaching(t, resp.Header)
		})
	}
}

func kindOfCookie(sent, came string) string {
	switch sent {
	case "", "cleared":
		return sent
	case came:
		return "same"
	}
	return "new"
}

// checkCaching expects what keeps a cookie out of caches where there is one,
// and nothing where there is none.
func checkCaching(t *testing.T, h http.Header) {
	t.Helper()
	wantControl, wantVary := "", ""
	if len(h["Set-Cookie"]) > 0 {
		wantControl, wantVary = "private", "Cookie"
	}
	if h.Get("Cache-Control") != wantControl || h.Get("Vary") != wantVary {
		t.Errorf("Cache-Control %q, Vary %q, Set-Cookie %q", h["Cache-Control"], h["Vary"], h["Set-Cookie"])
	}
}

// A request whose id leads to another since a periodic renewal brings the
// browser the new one, whatever it does: the response that should have done so
// may have been lost.
func TestForwardedRequestSendsCookie(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		act action
		ops string
	}{
		"nothing":   {nothing, "get get touch get"},
		"set":       {setUser, "get get save"},
		"set, save": {all(setUser, save), "get get save touch get"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{RenewAfter: time.Hour})
			web.store.plant(t, "aged", `,"user":"guest","sojourn":{"created":1}`)
			handler := func(act action) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) { must(t, act(session.From(r), r.Context())) }
			}
			renewed := sentID(t, web.run("aged", handler(nothing)))
			web.store.took()
			if got := sentID(t, web.run("aged", handler(tc.act))); got != renewed || got == "" {
				t.Errorf("cookie for %q, want %q", got, renewed)
			}
			if ops := web.store.took(); ops != tc.ops {
				t.Errorf("operations %q, want %q", ops, tc.ops)
			}
			if got := sentID(t, web.run("aged", handler(discard))); got != "" {
				t.Errorf("cookie %q after Discard", got)
			}
		})
	}
}

// A handler's own Cache-Control stays, and Vary is added to.
func TestCachingHeadersOfHandler(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		control, vary, want []string
	}{
		{nil, nil, []string{"Cookie"}},
		{[]string{"no-store"}, []string{"Accept"}, []string{"Accept", "Cookie"}},
		{[]string{"public", "max-age=9"}, []string{"Accept-Encoding, cookie"}, []string{"Accept-Encoding, cookie"}},
		{nil, []string{"*"}, []string{"*"}},
		{nil, []string{"Accept", "COOKIE"}, []string{"Accept", "COOKIE"}},
		{nil, []string{"X-Cookie"}, []string{"X-Cookie", "Cookie"}},
	} {
		web := newWeb(t, session.Options{})
		resp := web.run("", func(w http.ResponseWriter, r *http.Request) {
			webUser.Set(session.From(r), "alice")
			if tc.control != nil {
				w.Header()["Cache-Control"] = tc.control
			}
			if tc.vary != nil {
				w.Header()["Vary"] = tc.vary
			}
		})
		control := tc.control
		if control == nil {
			control = []string{"private"}
		}
		if got := resp.Header["Cache-Control"]; !slices.Equal(got, control) {
			t.Errorf("Cache-Control %q, want %q", got, control)
		}
		if got := resp.Header["Vary"]; !slices.Equal(got, tc.want) {
			t.Errorf("Vary %q, want %q", got, tc.want)
		}
	}
}

// The cookie that clears has the attributes of the one it clears, without
// which a browser would keep that (CHIPS, clear mismatch).
func TestDestroyClearsMatchingCookie(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]session.Cookie{
		"default":     {},
		"domain":      {Domain: "example.com", Path: "/app", Secure: session.SecureNever},
		"partitioned": {Partitioned: true, Secure: session.SecureAlways, SameSite: http.SameSiteNoneMode},
		"lifetime":    {MaxAge: time.Hour, ScriptAccess: true, SameSite: http.SameSiteStrictMode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{Cookie: c})
			answer := func(id string, act action) *http.Cookie {
				r := request("https://example.com/app", id)
				resp := web.answer(r, func(w http.ResponseWriter, r *http.Request) {
					must(t, act(session.From(r), r.Context()))
				})
				if len(resp.Cookies()) != 1 {
					t.Fatalf("Set-Cookie %q", resp.Header["Set-Cookie"])
				}
				return resp.Cookies()[0]
			}
			made := answer("", setUser)
			cleared := answer(idIn(made), destroy)
			if cleared.Value != "" || cleared.Expires.Unix() != 0 {
				t.Errorf("cleared by %s", cleared.Raw)
			}
			attributes := func(c *http.Cookie) string {
				_, rest, _ := strings.Cut(c.Raw, ";")
				i := strings.Index(rest, " Expires=")
				if i < 0 {
					return rest
				}
				_, after, _ := strings.Cut(rest[i:], ";")
				return rest[:i] + after
			}
			if attributes(cleared) != attributes(made) {
				t.Errorf("made by %s, cleared by %s", made.Raw, cleared.Raw)
			}
			if n := web.store.held(); n != 0 {
				t.Errorf("%d records", n)
			}
		})
	}
}
