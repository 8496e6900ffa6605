package operate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/operate"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type account struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

const (
	user session.Key[account] = "user"
	note session.Key[string]  = "note"
)

// site is a program that serves sessions from a store.
type site struct {
	t testing.TB
	*session.Manager
}

func newSite(t testing.TB, s store.Store) site {
	t.Helper()
	m, err := session.New(session.Options{
		Secrets: []string{"a secret of the tests, not short"}, Store: s, AbsoluteTimeout: 30 * 24 * time.Hour,
	})
	check(t, err)
	return site{t, m}
}

// visit makes a request with a cookie and returns the cookie for the next.
func (s site) visit(cookie string, do func(*session.Session)) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(session.From(r)) })).ServeHTTP(w, r)
	if set, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";"); set != "" {
		return set
	}
	return cookie
}

// login starts a session, bound to the user or, as an Express application would,
// not.
func (s site) login(id, name string, bound bool) string {
	s.t.Helper()
	return s.visit("", func(one *session.Session) {
		user.Set(one, account{id, name})
		note.Set(one, "of "+name)
		if bound {
			check(s.t, one.SetUser(s.t.Context(), id))
		}
	})
}

// name returns who is logged in with a cookie.
func (s site) name(cookie string) (name string) {
	s.visit(cookie, func(one *session.Session) { name = user.Get(one).Username; one.Discard() })
	return name
}

func TestRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept := memory.New(memory.Options{})
		newSite(t, kept).login("7", "Ada", true)
		for r, err := range kept.All(t.Context()) {
			check(t, err)
			s := operate.Read(r)
			if s.ID != r.ID || s.User != "7" || s.Username != "Ada" || !s.Created.Equal(time.Now()) || s.Forward || s.Unreadable ||
				s.Size != len(r.Data) || len(s.Values) != 2 || string(s.Values["note"]) != `"of Ada"` {
				t.Errorf("%+v", s)
			}
			if len(s.Short()) != 8 || !strings.HasPrefix(r.ID, s.Short()) {
				t.Errorf("short: %q", s.Short())
			}
		}
	})
	for data, unreadable := range map[string]bool{
		"": true, "{": true, "[]": true, `{"a":1}`: true, `null`: true, `{"cookie":{}}`: false,
		`{"cookie":{},"user":7,"sojourn":"x"}`: false, `{"cookie":{},"user":{"id":7}}`: false,
	} {
		if s := operate.Read(store.Stored{ID: "some-id", Record: store.Record{Data: data}}); s.Unreadable != unreadable || s.User != "" {
			t.Errorf("%s: %+v", data, s)
		}
	}
	if s := operate.Read(store.Stored{ID: "abc"}); s.Short() != "a" {
		t.Errorf("short of a short one: %q", s.Short())
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	ctx, kept := t.Context(), memory.New(memory.Options{})
	for _, id := range []string{"abcdef-1", "abcdef-2", "ghijkl-1", "ghijkl"} {
		_, err := kept.Create(ctx, id, `{"cookie":{}}`, time.Now().Add(time.Hour))
		check(t, err)
	}
	for prefix, want := range map[string]error{
		"abcdef": operate.ErrAmbiguous, "abcdef-": operate.ErrAmbiguous, "abcdef-1": nil, "ghijkl": nil, "ghijkl-": nil,
		"nothing": store.ErrNotFound, "abcde": operate.ErrTooShort, "": operate.ErrTooShort, "a b c d e f": store.ErrNotFound,
	} {
		if s, err := operate.Find(ctx, kept, prefix); !errors.Is(err, want) || err == nil && !strings.HasPrefix(s.ID, prefix) {
			t.Errorf("%q: %q, %v", prefix, s.ID, err)
		}
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	ctx, kept := t.Context(), memory.New(memory.Options{})
	s := newSite(t, kept)
	bound, unlisted, express, other := s.login("7", "Ada", true), s.login("7", "Ada", true), s.login("7", "ada", false), s.login("8", "Bob", true)
	for id := range kept.UserSessions(ctx, "7") {
		check(t, kept.RemoveUserSession(ctx, "7", id)) // one of the two
		break
	}
	n, err := operate.RevokeUser(ctx, kept, "7")
	check(t, err)
	if n != 1 || s.name(bound) != "" || s.name(unlisted) != "" || s.name(express) != "ada" || s.name(other) != "Bob" {
		t.Errorf("%d revoked: %q, %q, %q, %q", n, s.name(bound), s.name(unlisted), s.name(express), s.name(other))
	}
	looked := 0
	n, err = operate.RevokeWhere(ctx, kept, func(one operate.Session) bool { return one.Is("ADA", strings.ToLower) }, func(n int) { looked = n })
	check(t, err)
	if n != 2 || looked != 3 || s.name(express) != "" || s.name(other) != "Bob" {
		t.Errorf("%d of %d revoked, %q, %q", n, looked, s.name(express), s.name(other))
	}
	if got := s.name(s.login("7", "Ada", true)); got != "Ada" {
		t.Errorf("a later login: %q", got)
	}
}

// bare hides all optional interfaces.
type bare struct{ store.Store }

func TestOnBareStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, s := range map[string]store.Store{"none": bare{memory.New(memory.Options{})}, "wrapped": store.HashIDs(bare{memory.New(memory.Options{})})} {
		for _, err := range operate.Walk(ctx, s) {
			if !errors.Is(err, operate.ErrCannotList) {
				t.Errorf("%s: Walk: %v", name, err)
			}
		}
		if _, err := operate.Count(ctx, s); !errors.Is(err, operate.ErrCannotList) {
			t.Errorf("%s: Count: %v", name, err)
		}
		if n, err := operate.RevokeUser(ctx, s, "7"); n != 0 || err != nil {
			t.Errorf("%s: RevokeUser: %d, %v", name, n, err)
		}
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	from, to := memory.New(memory.Options{}), memory.New(memory.Options{})
	before, after := newSite(t, from), newSite(t, to)
	ada, guest, revoked := before.login("7", "Ada", true), before.login("9", "Eve", false), before.login("8", "Bob", true)
	for id := range from.UserSessions(ctx, "8") {
		check(t, from.RemoveUserSession(ctx, "8", id))
	}
	check(t, before.RevokeUser(ctx, "8"))

	var calls int
	done, err := operate.Copy(ctx, from, to, operate.CopyOptions{Progress: func(operate.Copied) { calls++ }})
	check(t, err)
	if want := (operate.Copied{Looked: 3, Copied: 2, Revoked: 1}); done != want || calls != 3 {
		t.Errorf("%+v, %d calls", done, calls)
	}
	if after.name(ada) != "Ada" || after.name(guest) != "Eve" || after.name(revoked) != "" {
		t.Errorf("at the destination: %q, %q, %q", after.name(ada), after.name(guest), after.name(revoked))
	}
	check(t, after.RevokeUser(ctx, "7")) // it is listed, and bound, there
	if after.name(ada) != "" {
		t.Error("it cannot be revoked at the destination")
	}

	// Again: what is there stays, what was ended there comes back dead.
	after.visit(guest, func(s *session.Session) { note.Set(s, "newer") })
	before.visit(guest, func(s *session.Session) { note.Set(s, "older") })
	done, err = operate.Copy(ctx, from, to, operate.CopyOptions{})
	check(t, err)
	if want := (operate.Copied{Looked: 3, Copied: 1, Skipped: 1, Revoked: 1}); done != want {
		t.Errorf("again: %+v", done)
	}
	after.visit(guest, func(s *session.Session) {
		if got := note.Get(s); got != "newer" {
			t.Errorf("the destination's was replaced: %q", got)
		}
	})
	if after.name(ada) != "" {
		t.Error("a session that was revoked at the destination is alive again")
	}

	// As a mirror: what differs is replaced, what is only there goes.
	extra := after.login("5", "Extra", true)
	done, err = operate.Copy(ctx, from, to, operate.CopyOptions{Mirror: true})
	check(t, err)
	if done.Updated != 1 || done.Removed != 1 || after.name(extra) != "" {
		t.Errorf("mirror: %+v, extra %q", done, after.name(extra))
	}
	done, err = operate.Copy(ctx, from, to, operate.CopyOptions{Mirror: true})
	check(t, err)
	if want := (operate.Copied{Looked: 3, Skipped: 2, Revoked: 1}); done != want {
		t.Errorf("mirror again: %+v", done)
	}
}

// Broken off in the middle, it goes on where it was.
func TestCopyBrokenOff(t *testing.T) {
	t.Parallel()
	from, to := memory.New(memory.Options{}), memory.New(memory.Options{})
	const n = 500
	for i := range n {
		_, err := from.Create(t.Context(), fmt.Sprintf("session-%d", i), `{"cookie":{}}`, time.Now().Add(time.Hour))
		check(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done, err := operate.Copy(ctx, from, to, operate.CopyOptions{Progress: func(c operate.Copied) {
		if c.Copied == n/2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || done.Copied < n/2 || done.Copied == n {
		t.Fatalf("%+v, %v", done, err)
	}
	again, err := operate.Copy(t.Context(), from, to, operate.CopyOptions{})
	check(t, err)
	if again.Skipped != done.Copied || again.Copied != n-done.Copied {
		t.Errorf("%+v, then %+v", done, again)
	}
}
