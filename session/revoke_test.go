package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestRevokeUser(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	first, second, other := c.login("ada"), c.login("ada"), c.login("bob")
	unlisted := c.login("ada")
	must(t, c.store.index.RemoveUserSession(t.Context(), "ada", unlisted))
	guest := sentID(t, c.run("", func(_ http.ResponseWriter, r *http.Request) { webNote.Set(session.From(r), "x") }))

	must(t, c.RevokeUser(t.Context(), "ada"))
	for _, id := range []string{first, second, unlisted} {
		want(t, "user of a revoked session", c.knows(id), "")
	}
	want(t, "listed", len(c.listed("ada")), 0)
	want(t, "records", c.store.held(), 3) // bob's, the guest's, the one that was not listed
	want(t, "user of another session", c.knows(other), "bob")
	want(t, "note of a guest", c.load(t, guest, webNote), "x")
	want(t, "user of a later session", c.knows(c.login("ada")), "ada")
}

func TestRevokeSession(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	ctx := t.Context()
	stays, goes, other := c.login("ada"), c.login("ada"), c.login("bob")
	handle := c.handle(goes)
	for _, handle := range []string{"", "x", goes, c.handle(other)} {
		if err := c.RevokeSession(ctx, "ada", handle); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a handle that is not ada's: %v", err)
		}
	}
	must(t, c.RevokeSession(ctx, "ada", handle))
	want(t, "user of the revoked session", c.knows(goes), "")
	want(t, "user of another", c.knows(stays), "ada")
	want(t, "user of another's", c.knows(other), "bob")
	if err := c.RevokeSession(ctx, "ada", handle); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
}

// A process whose secrets are in another order knows the handles, too.
func TestHandleAcrossRotation(t *testing.T) {
	t.Parallel()
	const other = "another secret of at least 16 bytes"
	d := newDirectory()
	old := newWeb(t, session.Options{Store: d, Secrets: []string{webSecret, other}})
	now := newWeb(t, session.Options{Store: d, Secrets: []string{other, webSecret}})
	c := &club{web: old, store: d}
	id := c.login("ada")
	must(t, now.RevokeSession(t.Context(), "ada", c.handle(id)))
	want(t, "user", c.knows(id), "")
}

func TestRevokeOthers(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	mine, theirs := c.login("ada"), c.login("ada")
	var old string
	resp := c.run(mine, func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		old = s.Handle()
		must(t, s.Renew(r.Context()))
		must(t, s.RevokeOthers(r.Context()))
		want(t, "user within the request", s.User(), "ada")
	})
	renewed := sentID(t, resp)
	want(t, "status", resp.StatusCode, http.StatusOK)
	want(t, "user of this session", c.knows(renewed), "ada")
	want(t, "user of its old id", c.knows(mine), "")
	want(t, "user of the other session", c.knows(theirs), "")
	want(t, "listed", fmt.Sprint(c.listed("ada")), fmt.Sprint(map[string]bool{c.handle(renewed): true}))
	if old == c.handle(renewed) {
		t.Error("the handle is that of the old id")
	}

	// Without a Renew it keeps its id.
	c.run(renewed, func(_ http.ResponseWriter, r *http.Request) { must(t, session.From(r).RevokeOthers(r.Context())) })
	want(t, "user of this session", c.knows(renewed), "ada")
}

// A revoked session cannot revoke the one that has revoked it.
func TestRevokeOthersOfTheRevoked(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	thief, owner := c.login("ada"), c.login("ada")
	resp := c.run(thief, func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		want(t, "user", s.User(), "ada")
		c.run(owner, func(_ http.ResponseWriter, r *http.Request) { must(t, session.From(r).RevokeOthers(r.Context())) })
		if err := s.RevokeOthers(r.Context()); !errors.Is(err, session.ErrGone) {
			t.Errorf("RevokeOthers of a revoked session: %v", err)
		}
	})
	want(t, "status", resp.StatusCode, http.StatusServiceUnavailable)
	want(t, "user of the thief's session", c.knows(thief), "")
	want(t, "user of the owner's", c.knows(owner), "ada")
}

// When nobody can tell whether a session was revoked, it is not used.
func TestRevocationUnknown(t *testing.T) {
	t.Parallel()
	c := newClub(t, session.Options{})
	id := c.login("ada")
	c.store.fail("notbefore", errStore)
	resp := c.run(id, func(w http.ResponseWriter, r *http.Request) {
		if s := session.From(r); s.User() != "" || webUser.Get(s) != "" || !errors.Is(s.Err(), errStore) {
			t.Errorf("user %q, value %q, Err %v", s.User(), webUser.Get(s), s.Err())
		}
	})
	want(t, "status", resp.StatusCode, http.StatusServiceUnavailable)
	c.store.intercept(nil)
	want(t, "user afterwards", c.knows(id), "ada")
}

// RenewAfter leaves a forwarding record behind. The session is listed once, and
// revoking it ends it under either id.
func TestUserSessionsAcrossRotation(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *club, string){
		"RevokeUser":                  func(t *testing.T, c *club, _ string) { must(t, c.RevokeUser(t.Context(), "ada")) },
		"RevokeSession":               func(t *testing.T, c *club, id string) { must(t, c.RevokeSession(t.Context(), "ada", c.handle(id))) },
		"RevokeSession by old handle": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClub(t, session.Options{RenewAfter: renewAfter, IdleTimeout: 2 * time.Hour})
				old := c.login("ada")
				handle := c.handle(old)
				time.Sleep(renewAfter)
				if end == nil { // it is renewed while it is being revoked
					c.store.intercept(func(_ context.Context, op, id string) error {
						if op == "delete" && id == old {
							c.store.intercept(nil)
							c.run(old, uses)
						}
						return nil
					})
					must(t, c.RevokeSession(t.Context(), "ada", handle))
					want(t, "user", c.knows(old), "")
					want(t, "listed", len(c.listed("ada")), 0)
					return
				}
				current := sentID(t, c.run(old, uses))
				want(t, "listed", fmt.Sprint(c.listed("ada")), fmt.Sprint(map[string]bool{c.handle(current): true}))
				want(t, "user by the old id", c.knows(old), "ada")
				end(t, c, current)
				want(t, "user by the old id", c.knows(old), "")
				want(t, "user by the new id", c.knows(current), "")
			})
		})
	}
}

// A store that hashes ids lists what nobody can log in with, and all of it works
// the same.
func TestUsersOfHashedIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept := memory.New(memory.Options{})
		w := newWeb(t, session.Options{Store: store.HashIDs(kept), RenewAfter: renewAfter, IdleTimeout: 2 * time.Hour})
		c := &club{web: w}
		first, second, third := c.login("ada"), c.login("ada"), c.login("ada")
		handles := c.listed("ada")
		want(t, "listed", len(handles), 3)
		for _, id := range []string{first, second, third} {
			want(t, "handle is listed", handles[c.handle(id)], true)
		}
		for u, err := range c.UserSessions(t.Context(), "ada") {
			must(t, err)
			want(t, "the id is one of ours", u.Session.ID() == first || u.Session.ID() == second || u.Session.ID() == third, false)
			want(t, "user by what is listed", c.knows(u.Session.ID()), "")
		}
		must(t, c.RevokeSession(t.Context(), "ada", c.handle(first)))
		want(t, "user of the revoked", c.knows(first), "")
		want(t, "listed", len(c.listed("ada")), 2)

		time.Sleep(renewAfter)
		renewed := sentID(t, c.run(second, uses))
		want(t, "user by the old id", c.knows(second), "ada")
		want(t, "listed", len(c.listed("ada")), 2)
		must(t, c.RevokeSession(t.Context(), "ada", c.handle(renewed)))
		want(t, "user by the old id", c.knows(second), "")
		want(t, "user by the new id", c.knows(renewed), "")

		must(t, c.RevokeUser(t.Context(), "ada"))
		want(t, "user of the last", c.knows(third), "")
		n, err := kept.Count(t.Context())
		must(t, err)
		want(t, "records", n, 1) // the forwarding record of the one that was renewed
	})
}
