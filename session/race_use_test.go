package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// Several goroutines of one handler use its session at once, with all that it
// can do. The race detector watches; no increment is lost.
func TestSessionIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	const rounds = 20
	uses := []func(s *session.Session, r *http.Request, n int) error{
		func(s *session.Session, _ *http.Request, _ int) error {
			_, err := webCount.Update(s, increment)
			return err
		},
		func(s *session.Session, _ *http.Request, _ int) error {
			_, err := webCount.Update(s, increment)
			return err
		},
		func(s *session.Session, _ *http.Request, n int) error {
			webUser.Set(s, fmt.Sprint("user", n))
			return nil
		},
		func(s *session.Session, _ *http.Request, _ int) error { webUser.Get(s); webNote.Take(s); return nil },
		func(s *session.Session, _ *http.Request, _ int) error { webNote.Set(s, "note"); return nil },
		func(s *session.Session, r *http.Request, _ int) error { return s.Save(r.Context()) },
		func(s *session.Session, r *http.Request, _ int) error { return s.Save(r.Context()) },
		func(s *session.Session, r *http.Request, _ int) error { return s.Renew(r.Context()) },
		func(s *session.Session, _ *http.Request, n int) error {
			s.SetCookie(session.Cookie{MaxAge: time.Hour + time.Duration(n)*time.Second})
			return nil
		},
		func(s *session.Session, r *http.Request, _ int) error {
			s.ID()
			s.IsNew()
			s.Keys()
			s.Cookie()
			s.Touch()
			return errors.Join(s.Err(), session.From(r).Err())
		},
	}
	web := newWeb(t, session.Options{AbsoluteTimeout: 24 * time.Hour, RenewAfter: 24 * time.Hour, TouchAfter: -1})
	web.store.plant(t, "some-id", "")
	resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
		var wg sync.WaitGroup
		for _, use := range uses {
			wg.Go(func() {
				for n := range rounds {
					if err := use(session.From(r), r, n); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
	s, err := web.Manager.Load(request("/", sentID(t, resp)))
	if err != nil {
		t.Fatal(err)
	}
	if got := webCount.Get(s); got != 2*rounds {
		t.Errorf("%d increments are stored, want %d", got, 2*rounds)
	}
	if n := web.store.held(); n != 1 {
		t.Errorf("%d records", n)
	}
}

// From of several goroutines is one session, loaded once.
func TestConcurrentFrom(t *testing.T) {
	t.Parallel()
	web, g := newWeb(t, session.Options{}), newGate(t)
	web.store.plant(t, "some-id", `,"user":"alice"`)
	web.store.intercept(g.holding("get"))
	web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
		found := make(chan *session.Session)
		for range 4 {
			go func() { found <- session.From(r) }()
		}
		g.await(t)
		g.open()
		s := session.From(r)
		for range 4 {
			if other := await(t, found, "From hangs"); other != s || webUser.Get(other) != "alice" {
				t.Error("another session, or an empty one")
			}
		}
	})
	if ops := web.store.took(); ops != "get" {
		t.Errorf("operations %q, want one get", ops)
	}
}

// After the handler the session is sealed: a goroutine that goes on using it
// changes nothing and is told so.
func TestSealedSession(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "some-id", `,"user":"alice"`)
	before := web.store.data("some-id")
	var s *session.Session
	var r *http.Request
	web.run("some-id", func(w http.ResponseWriter, req *http.Request) {
		r, s = req, session.From(req)
		webUser.Get(s)
	})
	web.store.took()
	for name, act := range map[string]action{
		"Save": save, "Reload": reload, "Destroy": destroy, "Renew": renew, "Regenerate": regenerate, "Update": update,
		"Commit": func(s *session.Session, _ context.Context) error { return s.Commit(http.Header{}) },
	} {
		if err := act(s, r.Context()); !errors.Is(err, session.ErrSealed) {
			t.Errorf("%s = %v, want ErrSealed", name, err)
		}
	}
	webUser.Set(s, "mallory")
	webUser.Delete(s)
	s.Clear()
	s.Discard()
	s.Touch()
	s.SetCookie(session.Cookie{MaxAge: 1e9})
	if got := webUser.Get(s); got != "alice" || s.ID() != "some-id" || s.IsNew() || len(s.Keys()) != 1 || s.Cookie().MaxAge != 0 {
		t.Errorf("the sealed session reads user %q, id %q, keys %q", got, s.ID(), s.Keys())
	}
	if ops := web.store.took(); ops != "" || web.store.data("some-id") != before {
		t.Errorf("operations %q, record %s", ops, web.store.data("some-id"))
	}
	if session.From(r) != s {
		t.Error("From finds another session after the end")
	}
}

// Also a session that is asked for first after the handler is sealed.
func TestFromAfterHandler(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{SaveUninitialized: true})
	web.store.plant(t, "some-id", `,"user":"alice"`)
	var r *http.Request
	web.run("some-id", func(w http.ResponseWriter, req *http.Request) { r = req })
	s := session.From(r)
	if got := webUser.Get(s); got != "alice" {
		t.Errorf("user %q", got)
	}
	if err := s.Save(r.Context()); !errors.Is(err, session.ErrSealed) {
		t.Errorf("Save = %v", err)
	}
}

// What a goroutine changes while the handler ends is stored, or the goroutine
// is told that it is too late. It is never told that all is well and forgotten.
func TestUpdateWhileHandlerEnds(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("after the header %v", late), func(t *testing.T) {
			t.Parallel()
			web, g := newWeb(t, session.Options{}), newGate(t)
			web.store.plant(t, "some-id", "")
			web.store.intercept(g.holding("save"))
			updated := make(chan error, 1)
			web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				if late {
					io.WriteString(w, "ok")
				}
				webUser.Set(s, "alice")
				go func() {
					g.await(t)
					_, err := webCount.Update(s, increment)
					updated <- err
					g.open()
				}()
			})
			err := await(t, updated, "Update hangs")
			if err != nil && !errors.Is(err, session.ErrSealed) {
				t.Errorf("Update = %v", err)
			}
			s, loadErr := web.Manager.Load(request("/", "some-id"))
			must(t, loadErr)
			if stored := webCount.Get(s) == 1; stored != (err == nil) {
				t.Errorf("Update = %v, and its increment is stored: %v", err, stored)
			}
			if webUser.Get(s) != "alice" {
				t.Error("what the handler set is not stored")
			}
		})
	}
}

// Requests at once on one session, in many browsers' stead: no increment and
// no key is lost.
func TestConcurrentRequestsLoseNothing(t *testing.T) {
	t.Parallel()
	const requests = 24
	web := newWeb(t, session.Options{})
	server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if _, err := webCount.Update(s, increment); err != nil {
			t.Error(err)
		}
		session.Key[bool](r.URL.Path).Set(s, true)
	}))
	b := newBrowser(t, server)
	b.get("/first")
	var wg sync.WaitGroup
	for n := range requests {
		wg.Go(func() {
			if status, _ := b.get(fmt.Sprint("/", n)); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		})
	}
	wg.Wait()
	s, err := web.Manager.Load(request("/", b.id()))
	must(t, err)
	if webCount.Get(s) != requests+1 || len(s.Keys()) != requests+2 {
		t.Errorf("count %d, %d keys", webCount.Get(s), len(s.Keys()))
	}
}

// What Update returns is its own, also if another goroutine of the request stores
// the session at that moment, on a newer record, and runs the function once more.
func TestUpdateReturnsWhileAnotherGoroutineStores(t *testing.T) {
	t.Parallel()
	m := managerOf(t, memory.New(memory.Options{}))
	s, other := loaded(t, m), loaded(t, m)
	webUser.Set(other, "ada")
	if err := other.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if note, err := webNote.Update(s, func(was string) string { return was + "x" }); note != "x" || err != nil {
			t.Errorf("Update returns %q, %v", note, err)
		}
	})
	wg.Go(func() {
		for webNote.Get(s) == "" { // nothing else may tell, or one would come after the other
			runtime.Gosched()
		}
		if err := s.Save(t.Context()); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if n := m.Stats().Conflicts; n != 1 {
		t.Errorf("%d conflicts, want 1", n)
	}
}
