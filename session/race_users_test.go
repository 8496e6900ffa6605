package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// Whatever a request does that has loaded its session before the user was
// revoked, nothing that it leaves behind is alive.
func TestRevokeUserDuringRequest(t *testing.T) {
	t.Parallel()
	type step = func(*testing.T, *session.Session, context.Context)
	for name, do := range map[string]step{
		"reads":   func(*testing.T, *session.Session, context.Context) {},
		"touches": func(_ *testing.T, s *session.Session, _ context.Context) { s.Touch() },
		"changes": func(_ *testing.T, s *session.Session, _ context.Context) { webNote.Set(s, "x") },
		"saves":   func(_ *testing.T, s *session.Session, ctx context.Context) { _ = s.Save(ctx) },
		"renews":  func(t *testing.T, s *session.Session, ctx context.Context) { must(t, s.Renew(ctx)) },
		"renews and saves": func(t *testing.T, s *session.Session, ctx context.Context) {
			must(t, s.Renew(ctx))
			_ = s.Save(ctx)
		},
	} {
		for _, listed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, listed %t", name, listed), func(t *testing.T) {
				t.Parallel()
				c := newClub(t, session.Options{TouchAfter: -1})
				id := c.login("ada")
				if !listed {
					must(t, c.store.index.RemoveUserSession(t.Context(), "ada", id))
				}
				var later string
				resp := c.run(id, func(_ http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					must(t, c.RevokeUser(t.Context(), "ada"))
					do(t, s, r.Context())
					later = s.ID()
				})
				for _, id := range []string{id, later, sentID(t, resp)} {
					if id != "" && id != "cleared" {
						want(t, "user", c.knows(id), "")
					}
				}
				want(t, "listed", len(c.listed("ada")), 0)
			})
		}
	}
}

// A login that has begun before the user was revoked is dead when it is stored:
// what it rests on may be what the revocation was for.
func TestRevokeUserDuringLogin(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	resp := c.run("", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		webUser.Set(s, "ada")
		must(t, s.SetUser(r.Context(), "ada"))
		must(t, c.RevokeUser(t.Context(), "ada"))
	})
	want(t, "user", c.knows(sentID(t, resp)), "")
}

// Between the revocation and the save of RevokeOthers, another request of the
// same browser stores something. Neither is lost.
func TestRevokeOthersDuringWrite(t *testing.T) {
	t.Parallel()
	for _, renews := range []bool{false, true} {
		t.Run(fmt.Sprintf("renews %t", renews), func(t *testing.T) {
			t.Parallel()
			c := newClub(t, session.Options{})
			id := c.login("ada")
			resp := c.run(id, func(_ http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				c.run(id, func(_ http.ResponseWriter, other *http.Request) {
					webNote.Set(session.From(other), "kept")
					c.store.follow(func(_ context.Context, op, _ string) error {
						if op == "setnotbefore" {
							c.store.follow(nil)
							must(t, session.From(other).Save(other.Context()))
						}
						return nil
					})
					if renews {
						must(t, s.Renew(r.Context()))
					}
					must(t, s.RevokeOthers(r.Context()))
				})
			})
			want(t, "status", resp.StatusCode, http.StatusOK)
			if renews {
				want(t, "user by the old id", c.knows(id), "")
				id = sentID(t, resp)
			}
			want(t, "user", c.knows(id), "ada")
			want(t, "note", c.load(t, id, webNote), "kept")
		})
	}
}

// Of many sessions that end each other at the same time exactly one is left.
func TestRevokeOthersAtOnce(t *testing.T) {
	t.Parallel()
	const sessions = 16
	c := newClub(t, session.Options{})
	var ids [sessions]string
	for i := range ids {
		ids[i] = c.login("ada")
	}
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	var survivors [sessions]string
	ready.Add(sessions)
	for i := range sessions {
		done.Go(func() {
			resp := c.run(ids[i], func(_ http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				must(t, s.Renew(r.Context()))
				ready.Done()
				<-start
				if err := s.RevokeOthers(r.Context()); err != nil && !errors.Is(err, session.ErrGone) {
					t.Errorf("RevokeOthers: %v", err)
				}
			})
			if resp.StatusCode == http.StatusOK {
				survivors[i] = sentID(t, resp)
			}
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	alive := 0
	for _, id := range survivors {
		if id != "" && c.knows(id) == "ada" {
			alive++
		}
	}
	want(t, "sessions alive", alive, 1)
	want(t, "listed", len(c.listed("ada")), 1)
}

// Logins, renewals, writes and revocations all at once: when a revocation has
// returned, no session is alive that was bound before it began.
func TestRevokeUserUnderTraffic(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for range 40 {
				id := c.login("ada")
				resp := c.run(id, func(_ http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					must(t, s.Renew(r.Context()))
					webNote.Set(s, "x")
				})
				if resp.StatusCode == http.StatusOK && sentID(t, resp) != "" {
					id = sentID(t, resp)
				}
				must(t, c.RevokeUser(t.Context(), "ada"))
				want(t, "user", c.knows(id), "")
			}
		})
	}
	workers.Wait()
	want(t, "listed", len(c.listed("ada")), 0)
}
