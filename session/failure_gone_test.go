package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// told collects the events of all hooks.
type told []string

func (e *told) hooks(t testing.TB, want *http.Request) session.Hooks {
	note := func(kind string) func(context.Context, session.Event) {
		return func(ctx context.Context, ev session.Event) {
			text := kind + " " + ev.ID
			if ev.OldID != "" {
				text += " from " + ev.OldID
			}
			if len(ev.Keys) > 0 {
				text += fmt.Sprint(" ", ev.Keys)
			}
			*e = append(*e, text)
			if ev.Request == nil || ev.Request.URL != want.URL {
				t.Errorf("%s: request %v", kind, ev.Request)
			}
			s, ok := session.FromContext(ctx)
			if !ok || session.From(ev.Request) != s {
				t.Errorf("%s: no session in the context, or another one than in the request", kind)
				return
			}
			s.ID() // hooks may read the session
			s.Keys()
			webUser.Get(s)
		}
	}
	return session.Hooks{
		Created: note("created"), Renewed: note("renewed"), Destroyed: note("destroyed"),
		Gone: note("gone"), Conflict: note("conflict"),
	}
}

func (e told) String() string { return strings.Join(e, "; ") }

// Each hook is told what happened, in order, with the right ids. NEW stands
// for the id that the session has in the end.
func TestHooks(t *testing.T) {
	t.Parallel()
	end := func(web *web) { must(web.t, web.store.Store.Delete(context.Background(), "live", "")) }
	other := func(web *web) {
		web.store.rewrite(web.t, "live", replaced(`,"user":"theirs"`))
	}
	for _, tc := range []struct {
		name      string
		o         session.Options
		id        string
		act       action
		meanwhile func(*web) // after the load and a look at the user
		want      string
		status    int
	}{
		{"nothing", session.Options{}, "live", nothing, nil, "", 200},
		{"set", session.Options{}, "live", setUser, nil, "", 200},
		{"created", session.Options{}, "", setUser, nil, "created NEW", 200},
		{"created by save", session.Options{}, "", all(setUser, save, setUser), nil, "created NEW", 200},
		{"created by regenerate", session.Options{}, "", regenerate, nil, "created NEW", 200},
		{"renewed", session.Options{}, "live", renew, nil, "renewed NEW from live", 200},
		{"regenerated", session.Options{}, "live", regenerate, nil, "renewed NEW from live", 200},
		{"renewed periodically", session.Options{RenewAfter: 1}, "aged", nothing, nil, "renewed NEW from aged", 200},
		{"destroyed", session.Options{}, "live", destroy, nil, "destroyed live", 200},
		{"destroyed twice", session.Options{}, "live", all(destroy, destroy), nil, "destroyed live", 200},
		{"destroyed and new", session.Options{}, "live", all(destroy, setUser), nil, "destroyed live; created NEW", 200},
		{"nothing to destroy", session.Options{}, "dead", destroy, nil, "", 200},
		{"gone at commit", session.Options{}, "live", setUser, end, "gone live", 200},
		{"gone at touch", session.Options{}, "live", touch, end, "gone live", 200},
		{"gone at a periodic renewal", session.Options{RenewAfter: 1}, "live", touch, end, "gone live", 200},
		{"gone at Save", session.Options{}, "live", all(setUser, save), end, "gone live", 503},
		{"gone at Renew", session.Options{}, "live", renew, end, "gone live", 503},
		{"gone at Regenerate", session.Options{}, "live", regenerate, end, "gone live", 503},
		{"gone, not used", session.Options{}, "live", nothing, end, "", 200},
		{"gone, discarded", session.Options{}, "live", all(setUser, discard), end, "", 200},
		{"conflict", session.Options{}, "live", setUser, other, "conflict live [user]", 200},
		{"conflict at Renew", session.Options{}, "live", all(setUser, renew), other, "renewed NEW from live; conflict NEW [user]", 200},
		{"no conflict", session.Options{}, "live", update, other, "", 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var events told
			r := request("/", tc.id)
			tc.o.Hooks = events.hooks(t, r)
			web := newWeb(t, tc.o)
			web.store.plant(t, "live", `,"user":"guest"`)
			web.store.plant(t, "aged", `,"sojourn":{"created":1}`)
			var id string
			resp := web.answer(r, func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				webUser.Get(s)
				if tc.meanwhile != nil {
					tc.meanwhile(web)
				}
				tc.act(s, r.Context())
				w.(http.Flusher).Flush()
				id = s.ID()
			})
			if got := strings.ReplaceAll(events.String(), id, "NEW"); id == tc.id && events.String() != tc.want || id != tc.id && got != tc.want {
				t.Errorf("hooks were told %q, want %q", events, tc.want)
			}
			if resp.StatusCode != tc.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tc.status)
			}
			if gone := strings.Count(tc.want, "gone"); web.Stats().Gone != uint64(gone) {
				t.Errorf("Stats = %+v", web.Stats())
			}
		})
	}
}

// The conflict of a save that fails in the end has not happened.
func TestNoConflictWithoutSave(t *testing.T) {
	t.Parallel()
	var events told
	r := request("/", "live")
	web := newWeb(t, session.Options{Hooks: events.hooks(t, r)})
	web.store.plant(t, "live", `,"user":"guest"`)
	resp := web.answer(r, func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		webUser.Set(s, webUser.Get(s)+"!")
		web.store.rewrite(t, "live", replaced(`,"user":"theirs"`))
		saves := 0
		web.store.intercept(func(_ context.Context, op, _ string) error {
			if op == "save" {
				if saves++; saves > 1 {
					return errDown
				}
			}
			return nil
		})
	})
	if len(events) > 0 || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d, hooks were told %q", resp.StatusCode, events)
	}
}

// A request that finds its session gone answers as its handler wrote, without
// any cookie; what it changed is dropped, and the log says so.
func TestGone(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]action{
		"set": setUser, "update": update, "clear": empty, "touch": touch,
		"cookie": func(s *session.Session, _ context.Context) error {
			s.SetCookie(session.Cookie{MaxAge: 1e9})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{Rolling: true})
			web.store.plant(t, "live", `,"user":"guest"`)
			resp := web.run("live", func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				must(t, web.store.Store.Delete(r.Context(), "live", ""))
				must(t, act(s, r.Context()))
				w.Header().Set("X-Handler", "x")
				w.WriteHeader(http.StatusCreated)
				io.WriteString(w, "made")
				webNote.Set(s, "still here")
				if s.Err() != nil {
					t.Errorf("Err = %v", s.Err())
				}
				if err := s.Save(r.Context()); !errors.Is(err, session.ErrGone) {
					t.Errorf("Save = %v, want ErrGone", err)
				}
				if err := s.Renew(r.Context()); !errors.Is(err, session.ErrHeaderSent) {
					t.Errorf("Renew = %v", err)
				}
			})
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != http.StatusCreated || string(body) != "made" || resp.Header.Get("X-Handler") != "x" {
				t.Errorf("status %d, body %q, header %v", resp.StatusCode, body, resp.Header)
			}
			if len(resp.Header["Set-Cookie"]) > 0 || web.store.held() != 0 {
				t.Errorf("Set-Cookie %q, %d records", resp.Header["Set-Cookie"], web.store.held())
			}
			if !strings.Contains(web.log.String(), "it ended while a request was using it") {
				t.Errorf("log: %s", web.log)
			}
		})
	}
}

// Destroy of a session that has ended meanwhile is no error, and clears the
// cookie: nobody wants to know whose logout was first.
func TestDestroyOfGone(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "live", "")
	resp := web.run("live", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		must(t, web.store.Store.Delete(r.Context(), "live", ""))
		must(t, s.Destroy(r.Context()))
	})
	if resp.StatusCode != http.StatusOK || sentID(t, resp) != "cleared" {
		t.Errorf("status %d, header %v", resp.StatusCode, resp.Header)
	}
}
