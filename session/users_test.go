package session_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// directory is a tap that passes on the index of users, too.
type directory struct {
	*tap
	index store.UserIndex
}

func newDirectory() *directory {
	m := memory.New(memory.Options{})
	return &directory{tap: &tap{Store: m}, index: m}
}

func (d *directory) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	return d.do(ctx, "add", id, func() error { return d.index.AddUserSession(ctx, user, id, expires) })
}

func (d *directory) RemoveUserSession(ctx context.Context, user, id string) error {
	return d.do(ctx, "remove", id, func() error { return d.index.RemoveUserSession(ctx, user, id) })
}

func (d *directory) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	if err := d.do(ctx, "sessions", "", func() error { return nil }); err != nil {
		return func(yield func(string, error) bool) { yield("", err) }
	}
	return d.index.UserSessions(ctx, user)
}

func (d *directory) NotBefore(ctx context.Context, user string) (t time.Time, err error) {
	err = d.do(ctx, "notbefore", "", func() error { t, err = d.index.NotBefore(ctx, user); return err })
	return t, err
}

func (d *directory) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	return d.do(ctx, "setnotbefore", "", func() error { return d.index.SetNotBefore(ctx, user, notBefore, base) })
}

// club is a web whose sessions can be bound to users.
type club struct {
	*web
	store *directory
}

func newClub(t testing.TB, o session.Options) *club {
	t.Helper()
	d := newDirectory()
	o.Store = d
	w := newWeb(t, o)
	w.store = d.tap
	return &club{web: w, store: d}
}

// login starts a session of the user's and returns its id.
func (c *club) login(user string) (id string) {
	c.t.Helper()
	resp := c.run("", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		webUser.Set(s, user)
		must(c.t, s.SetUser(r.Context(), user))
	})
	if id = sentID(c.t, resp); id == "" {
		c.t.Fatalf("no cookie, status %d", resp.StatusCode)
	}
	return id
}

// knows reports whose session an id is, to a request.
func (c *club) knows(id string) (user string) {
	c.run(id, func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		user = s.User()
		if got := webUser.Get(s); got != user {
			c.t.Errorf("bound to %q, but holds %q", user, got)
		}
		s.Discard()
	})
	return user
}

// listed returns the handles of a user's sessions, sorted by who came first.
func (c *club) listed(user string) map[string]bool {
	c.t.Helper()
	handles := map[string]bool{}
	for u, err := range c.UserSessions(c.t.Context(), user) {
		must(c.t, err)
		if handles[u.Handle] {
			c.t.Errorf("%s is listed twice", u.Handle)
		}
		handles[u.Handle] = true
	}
	return handles
}

func (c *club) handle(id string) (handle string) {
	c.run(id, func(_ http.ResponseWriter, r *http.Request) { handle = session.From(r).Handle() })
	return handle
}

func TestSetUserIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClub(t, session.Options{})
		id := c.login("ada")
		if got := c.store.data(id); !strings.HasSuffix(got, `,"user":"ada","sojourn":{"created":946684800000,"user":"ada"}}`) {
			t.Errorf("record: %s", got)
		}
		must(t, c.RevokeUser(t.Context(), "ada"))
		id = c.login("ada")
		if got := c.store.data(id); !strings.HasSuffix(got, `"sojourn":{"created":946684800000,"user":"ada","notBefore":946684800000}}`) {
			t.Errorf("record after a revocation: %s", got)
		}
		must(t, c.RevokeUser(t.Context(), "ada"))
		id = c.login("ada")
		if got := c.store.data(id); !strings.HasSuffix(got, `"notBefore":946684800001}}`) {
			t.Errorf("record after another in the same instant: %s", got)
		}
	})
}

// Binding a session that is bound already writes nothing.
func TestSetUserAgain(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	id := c.login("ada")
	c.store.took()
	c.run(id, func(_ http.ResponseWriter, r *http.Request) { must(t, session.From(r).SetUser(r.Context(), "ada")) })
	want(t, "store", c.store.took(), "get notbefore notbefore")
	c.run(id, func(_ http.ResponseWriter, r *http.Request) {
		must(t, session.From(r).SetUser(r.Context(), "bob"))
		webUser.Set(session.From(r), "bob")
	})
	want(t, "store", c.store.took(), "get notbefore notbefore save remove add")
	want(t, "user", c.knows(id), "bob")
	want(t, "listed as ada's", len(c.listed("ada")), 0)
	want(t, "listed as bob's", len(c.listed("bob")), 1)
}

func TestSetUserErrors(t *testing.T) {
	t.Parallel()
	t.Run("invalid user", func(t *testing.T) {
		t.Parallel()
		c := newClub(t, session.Options{})
		resp := c.run("", func(_ http.ResponseWriter, r *http.Request) {
			if err := session.From(r).SetUser(r.Context(), "a\nb"); !errors.Is(err, store.ErrInvalidUser) {
				t.Errorf("error: %v", err)
			}
		})
		want(t, "status", resp.StatusCode, http.StatusServiceUnavailable)
	})
	t.Run("new session after the header", func(t *testing.T) {
		t.Parallel()
		c := newClub(t, session.Options{})
		c.run("", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			if err := session.From(r).SetUser(r.Context(), "ada"); !errors.Is(err, session.ErrHeaderSent) {
				t.Errorf("error: %v", err)
			}
		})
		want(t, "records", c.store.held(), 0)
	})
	t.Run("after the request", func(t *testing.T) {
		t.Parallel()
		c := newClub(t, session.Options{})
		var s *session.Session
		id := c.login("ada")
		c.run(id, func(_ http.ResponseWriter, r *http.Request) { s = session.From(r) })
		if err := s.SetUser(t.Context(), "bob"); !errors.Is(err, session.ErrSealed) {
			t.Errorf("SetUser: %v", err)
		}
		if err := s.RevokeOthers(t.Context()); !errors.Is(err, session.ErrSealed) {
			t.Errorf("RevokeOthers: %v", err)
		}
	})
	t.Run("store fails, then not", func(t *testing.T) {
		t.Parallel()
		c := newClub(t, session.Options{})
		c.store.failOnce("notbefore", errStore)
		resp := c.run("", func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			if err := s.SetUser(r.Context(), "ada"); !errors.Is(err, errStore) || !errors.Is(s.Err(), errStore) {
				t.Errorf("SetUser: %v, Err: %v", err, s.Err())
			}
			must(t, s.SetUser(r.Context(), "ada"))
			must(t, s.Err())
		})
		want(t, "status", resp.StatusCode, http.StatusOK)
	})
	t.Run("nobody revokes others", func(t *testing.T) {
		t.Parallel()
		c := newClub(t, session.Options{})
		resp := c.run("", func(_ http.ResponseWriter, r *http.Request) {
			if err := session.From(r).RevokeOthers(r.Context()); !errors.Is(err, session.ErrNoUser) {
				t.Errorf("RevokeOthers: %v", err)
			}
		})
		want(t, "status", resp.StatusCode, http.StatusServiceUnavailable)
	})
}

var errStore = errors.New("the store is down")

// Regenerate and Destroy part the session from its user, Renew does not.
func TestUserAcrossMoves(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do   func(*testing.T, *session.Session, context.Context)
		user string
	}{
		"Renew": {func(t *testing.T, s *session.Session, ctx context.Context) { must(t, s.Renew(ctx)) }, "ada"},
		"Renew and Save": {func(t *testing.T, s *session.Session, ctx context.Context) {
			must(t, s.Renew(ctx))
			must(t, s.Save(ctx))
		}, "ada"},
		"Regenerate": {func(t *testing.T, s *session.Session, ctx context.Context) { must(t, s.Regenerate(ctx)) }, ""},
		"SetUser, undone": {func(t *testing.T, s *session.Session, ctx context.Context) {
			must(t, s.SetUser(ctx, "bob"))
			must(t, s.Regenerate(ctx))
		}, ""},
		"Clear": {func(_ *testing.T, s *session.Session, _ context.Context) { s.Clear(); webUser.Set(s, "ada") }, "ada"},
		"Reload": {func(t *testing.T, s *session.Session, ctx context.Context) {
			must(t, s.SetUser(ctx, "bob"))
			must(t, s.Reload(ctx))
		}, "ada"},
		"Destroy": {func(t *testing.T, s *session.Session, ctx context.Context) {
			must(t, s.Destroy(ctx))
			webNote.Set(s, "x")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClub(t, session.Options{})
			id := c.login("ada")
			resp := c.run(id, func(_ http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				tt.do(t, s, r.Context())
				want(t, "user in the request", s.User(), tt.user)
			})
			if moved := sentID(t, resp); moved != "" {
				id = moved
			}
			want(t, "user afterwards", c.knows(id), tt.user)
			listed := map[string]int{"ada": 1}[tt.user]
			want(t, "listed", len(c.listed("ada")), listed)
			hints := 0
			for range c.store.index.UserSessions(t.Context(), "ada") {
				hints++
			}
			want(t, "hints", hints, listed)
		})
	}
}

func TestUserSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClub(t, session.Options{IdleTimeout: time.Hour})
		start := time.Now()
		ids := []string{c.login("ada"), c.login("ada")}
		c.login("bob")
		seen := map[string]bool{}
		for u, err := range c.UserSessions(t.Context(), "ada") {
			must(t, err)
			seen[u.Handle] = true
			want(t, "created", u.Created.Equal(start), true)
			want(t, "expires", u.Expires.Equal(start.Add(time.Hour)), true)
			want(t, "value", webUser.Get(u.Session), "ada")
			webUser.Set(u.Session, "eve")
			want(t, "value after Set", webUser.Get(u.Session), "ada")
			if err := u.Session.Save(t.Context()); !errors.Is(err, session.ErrSealed) {
				t.Errorf("Save: %v", err)
			}
			for _, id := range ids {
				if strings.Contains(u.Handle, id) || strings.Contains(id, u.Handle) {
					t.Error("the handle holds the id")
				}
			}
		}
		for _, id := range ids {
			if !seen[c.handle(id)] {
				t.Error("a session is missing, or its handle is another in a request")
			}
		}
		want(t, "sessions", len(seen), 2)
		want(t, "handle of a new session", c.handle(""), "")
	})
}

// A session stays listed as long as it is used, however little it changes, and
// no longer than it lives.
func TestUserSessionsOfUse(t *testing.T) {
	t.Parallel()
	uses := map[string]http.HandlerFunc{
		"touch": func(_ http.ResponseWriter, r *http.Request) { session.From(r) },
		"save": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = webCount.Update(session.From(r), func(n int) int { return n + 1 })
		},
	}
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClub(t, session.Options{IdleTimeout: time.Hour})
				id := c.login("ada")
				c.store.took()
				for range 600 { // every 20 seconds, for more than three hours
					time.Sleep(20 * time.Second)
					c.run(id, use)
				}
				if adds := strings.Count(c.store.took(), "add"); adds > 205 {
					t.Errorf("listed %d times in 200 minutes", adds)
				}
				time.Sleep(time.Hour - time.Minute - time.Second)
				want(t, "at the end", len(c.listed("ada")), 1)
				time.Sleep(time.Minute + time.Second)
				want(t, "after the end", len(c.listed("ada")), 0)
			})
		})
	}
}

// What the index lost is found again by the next use of the session.
func TestUserSessionsFindsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClub(t, session.Options{IdleTimeout: time.Hour})
		id := c.login("ada")
		must(t, c.store.index.RemoveUserSession(t.Context(), "ada", id))
		want(t, "listed", len(c.listed("ada")), 0)
		time.Sleep(time.Minute)
		want(t, "user", c.knows(id), "ada") // discards, and so does not count as use
		want(t, "listed", len(c.listed("ada")), 0)
		c.run(id, uses)
		want(t, "listed", len(c.listed("ada")), 1)
	})
}

func uses(_ http.ResponseWriter, r *http.Request) { session.From(r) }

// A wrong hint is not believed, and is taken back.
func TestUserSessionsVerifiesHints(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	ctx, later := t.Context(), time.Now().Add(time.Hour)
	c.store.plant(t, "nobodys", "")
	c.store.plant(t, "adas", `,"sojourn":{"user":"ada"}`)
	_, err := c.store.tap.Store.Create(ctx, "broken", "{", later)
	must(t, err)
	for _, id := range []string{"nobodys", "adas", "broken", "absent", c.login("bob")} {
		must(t, c.store.index.AddUserSession(ctx, "ada", id, later))
	}
	want(t, "listed", len(c.listed("ada")), 1)
	hints := 0
	for id := range c.store.index.UserSessions(ctx, "ada") {
		hints++
		want(t, "hint", id, "adas")
	}
	want(t, "hints", hints, 1)
}

// When the store has no index, sessions say whose they are all the same.
func TestUsersWithoutIndex(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, o := range map[string]session.Options{"none": {Store: newTap()}, "unsupported": {Store: unsupported{newTap()}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t, o)
			resp := w.run("", func(_ http.ResponseWriter, r *http.Request) { must(t, session.From(r).SetUser(ctx, "ada")) })
			id := sentID(t, resp)
			resp = w.run(id, func(_ http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				want(t, "user", s.User(), "ada")
				if err := s.RevokeOthers(ctx); !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("RevokeOthers: %v", err)
				}
			})
			want(t, "status", resp.StatusCode, http.StatusServiceUnavailable)
			if err := w.RevokeUser(ctx, "ada"); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("RevokeUser: %v", err)
			}
			if err := w.RevokeSession(ctx, "ada", "x"); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("RevokeSession: %v", err)
			}
			for _, err := range w.UserSessions(ctx, "ada") {
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("UserSessions: %v", err)
				}
			}
			w.run(id, func(_ http.ResponseWriter, r *http.Request) { must(t, session.From(r).Destroy(ctx)) })
			if got := w.log.String(); strings.Contains(got, "list of") {
				t.Errorf("log: %s", got)
			}
		})
	}
}

// unsupported is a wrapper over a store without an index.
type unsupported struct{ store.Store }

func (unsupported) AddUserSession(context.Context, string, string, time.Time) error {
	return errors.ErrUnsupported
}

func (unsupported) RemoveUserSession(context.Context, string, string) error {
	return errors.ErrUnsupported
}

func (unsupported) UserSessions(context.Context, string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield("", errors.ErrUnsupported) }
}

func (unsupported) NotBefore(context.Context, string) (time.Time, error) {
	return time.Time{}, errors.ErrUnsupported
}

func (unsupported) SetNotBefore(context.Context, string, time.Time, time.Time) error {
	return errors.ErrUnsupported
}

// The list is a convenience: a login does not fail because of it.
func TestListFails(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	c.store.fail("add", errStore)
	id := c.login("ada")
	want(t, "user", c.knows(id), "ada")
	c.store.fail("remove", errStore)
	c.run(id, func(_ http.ResponseWriter, r *http.Request) { must(t, session.From(r).Destroy(r.Context())) })
	want(t, "user after Destroy", c.knows(id), "")
	log := c.log.String()
	if !regexp.MustCompile(`missing in the list[^\n]*\n(.|\n)*stays in the list`).MatchString(log) {
		t.Errorf("log: %s", log)
	}
	if strings.Contains(log, id) || strings.Contains(log, "ada") {
		t.Errorf("the log names the session or the user: %s", log)
	}
}

// One record that cannot be decrypted hides none of the others.
func TestUserSessionsBesideUnreadable(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	bad := c.login("ada")
	c.login("ada")
	c.store.intercept(func(_ context.Context, op, id string) error {
		if op == "get" && id == bad {
			return store.ErrDecrypt
		}
		return nil
	})
	want(t, "listed", len(c.listed("ada")), 1)
	must(t, c.RevokeUser(t.Context(), "ada"))
	c.store.intercept(nil)
	want(t, "user", c.knows(bad), "")
	if log := c.log.String(); !strings.Contains(log, "cannot be read") || strings.Contains(log, bad) {
		t.Errorf("log: %s", log)
	}
}
