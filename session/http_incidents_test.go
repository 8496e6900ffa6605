package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// Incidents of other systems, which must not happen here.

// CVE-2024-38513 (gofiber), CVE-2015-3982 (Django), session fixation: an id
// that a client sends is never that of a new session.
func TestUnknownIDIsNotAdopted_CVE_2024_38513(t *testing.T) {
	t.Parallel()
	for _, sent := range []string{"well-formed-but-unknown", strings.Repeat("A", 32), "x"} {
		web := newWeb(t, session.Options{})
		for _, r := range []*http.Request{request("/", sent), unsigned(sent)} {
			resp := web.answer(r, func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				if !s.IsNew() || s.ID() == sent {
					t.Errorf("the session of the unknown id %q: new %v, id %q", sent, s.IsNew(), s.ID())
				}
				webUser.Set(s, "victim")
			})
			if id := sentID(t, resp); id == "" || id == sent {
				t.Errorf("cookie for %q", id)
			}
			if _, err := web.store.Get(t.Context(), sent); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the store holds the id that was sent: %v", err)
			}
		}
	}
}

func unsigned(id string) *http.Request {
	r := request("/", "")
	r.Header.Set("Cookie", webName+"="+id)
	return r
}

// goravel #922, CVE-2022-25896 (passport): after a login the id from before is
// worth nothing, in this browser or in another's hands.
func TestIDFromBeforeLoginIsDead_CVE_2022_25896(t *testing.T) {
	t.Parallel()
	for path, login := range logins {
		web := newWeb(t, session.Options{})
		web.store.plant(t, "planted", `,"user":"guest"`)
		web.run("planted", login)
		web.run("planted", func(w http.ResponseWriter, r *http.Request) {
			if s := session.From(r); !s.IsNew() || len(s.Keys()) > 0 {
				t.Errorf("%s: the planted id finds %q", path, s.Keys())
			}
		})
	}
}

// express-session #632, connect-redis #328, CVE-2025-46336 and CVE-2025-32441
// (Rack), Laravel #30996: a slow request does not bring a session back that a
// logout has ended, whether it writes, touches or only reads.
func TestNoResurrection_CVE_2025_46336(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]action{
		"set": setUser, "update": update, "delete": remove(webUser), "touch": touch, "nothing": nothing,
		"save": all(setUser, save), "renew": all(setUser, renew), "regenerate": regenerate, "reload": reload,
	} {
		for _, o := range []session.Options{{}, {Rolling: true, Resave: true, TouchAfter: -1, RenewAfter: 1, SaveUninitialized: true}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				web := newWeb(t, o)
				web.store.plant(t, "live", `,"user":"guest","sojourn":{"created":1}`)
				resp := web.run("live", func(w http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					webUser.Get(s)
					web.run("live", logins["GET /logout"])
					act(s, r.Context())
				})
				if n := web.store.held(); n != 0 {
					t.Errorf("%d records after the logout", n)
				}
				if len(resp.Header["Set-Cookie"]) > 0 {
					t.Errorf("Set-Cookie %q", resp.Header["Set-Cookie"])
				}
			})
		}
	}
}

// Laravel #5416: a request that only reads writes nothing, and two that set
// different keys both keep theirs (TestMerge has more).
func TestNoLostUpdate_Laravel5416(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "live", `,"user":"guest"`)
	web.run("live", func(w http.ResponseWriter, r *http.Request) {
		webUser.Get(session.From(r))
		web.run("live", func(w http.ResponseWriter, r *http.Request) { webNote.Set(session.From(r), "kept") })
	})
	if ops := web.store.took(); ops != "get get save" {
		t.Errorf("operations %q", ops)
	}
	if got := web.load(t, "live", webNote); got != "kept" {
		t.Errorf("note %q", got)
	}
}

// better-auth #11073: of many requests in flight that refresh, change and renew
// a session, none keeps it from being revoked.
func TestRevocationDuringRefreshes_BetterAuth11073(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{Rolling: true, RenewAfter: time.Hour})
	web.store.plant(t, "live", `,"user":"guest","sojourn":{"created":1}`)
	var wg sync.WaitGroup
	start := newGate(t)
	for n := range 60 {
		wg.Go(func() {
			start.pass()
			act := nothing
			if n%2 == 0 {
				act = update
			}
			if n == 30 {
				act = destroy
			}
			resp := web.run("live", func(w http.ResponseWriter, r *http.Request) { act(session.From(r), r.Context()) })
			if n == 30 && resp.StatusCode != http.StatusOK {
				t.Errorf("logout: status %d", resp.StatusCode)
			}
		})
	}
	for range 60 {
		start.await(t)
	}
	start.open()
	wg.Wait()
	s, err := web.Manager.Load(request("/", "live"))
	if err != nil || !s.IsNew() {
		t.Errorf("the session lives: %v", err)
	}
}

// CVE-2023-20866 (Spring Session): no id, secret or value is ever logged, at
// any level, whatever goes wrong.
func TestNoIDInLogs_CVE_2023_20866(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{RenewAfter: time.Nanosecond, Rolling: true})
	const value = "V4lue-that-is-secret"
	ids := []string{"aged-0123456789abcdef", "broken-0123456789abcdef", "list-0123456789abcdef", "live-0123456789abcdef"}
	plant := func() {
		for _, id := range ids {
			must(t, web.store.Store.Delete(t.Context(), id, ""))
		}
		web.store.plant(t, ids[0], `,"user":"`+value+`","sojourn":{"created":1}`)
		for i, data := range []string{`{"cookie":{},"user":"` + value, `["` + value + `"]`} {
			if _, err := web.store.Store.Create(t.Context(), ids[i+1], data, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		web.store.plant(t, ids[3], `,"user":"`+value+`","count":"`+value+`"`)
	}
	seen := map[string]bool{}
	acts := []action{nothing, setUser, update, save, reload, destroy, renew, regenerate, touch, setBad, all(destroy, save), all(setUser, save, renew)}
	for _, fails := range []string{"", "get", "create", "save", "touch", "delete"} {
		for _, err := range []error{errDown, store.ErrNotFound, store.ErrConflict, store.ErrExists} {
			if err == store.ErrConflict {
				continue // goes on until StoreTimeout; TestEndlessConflicts has it
			}
			for _, act := range acts {
				plant()
				for _, id := range append(ids, "") {
					web.store.fail(fails, err)
					var s *session.Session
					resp := web.run(id, func(w http.ResponseWriter, r *http.Request) {
						s = session.From(r)
						webUser.Set(s, value)
						act(s, r.Context())
						seen[s.ID()] = true
						io.WriteString(w, "ok")
						webNote.Set(s, value)
					})
					webUser.Set(s, value) // sealed
					seen[sentID(t, resp)] = true
				}
			}
		}
	}
	web.store.fail("", nil)
	log := web.log.String()
	for _, secret := range append(ids, value, webSecret) {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	for id := range seen {
		if id != "" && id != "cleared" && strings.Contains(log, id) {
			t.Errorf("the log has the id %q", id)
		}
	}
	if log == "" || len(seen) < 10 {
		t.Errorf("%d ids were seen, %d bytes logged: the test tests nothing", len(seen), len(log))
	}
}

// CVE-2023-30861 and CVE-2026-27205 (Flask), CVE-2024-26144 (Rails): whatever
// makes the cookie be sent keeps caches from giving it to somebody else, also
// when it is only refreshed.
func TestCookieIsNotCached_CVE_2023_30861(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]action{
		"read": look, "lookup": func(s *session.Session, _ context.Context) error { webUser.Lookup(s); return nil },
		"keys": func(s *session.Session, _ context.Context) error { s.Keys(); return nil }, "set": setUser,
		"touch": touch, "renew": renew, "destroy": destroy, "save": save, "not asked for": nothing,
	} {
		web := newWeb(t, session.Options{Rolling: true, Eager: true})
		web.store.plant(t, "live", `,"user":"guest"`)
		resp := web.run("live", func(w http.ResponseWriter, r *http.Request) {
			act(session.From(r), r.Context())
			fmt.Fprint(w, "ok")
		})
		if len(resp.Header["Set-Cookie"]) != 1 {
			t.Errorf("%s: Set-Cookie %q", name, resp.Header["Set-Cookie"])
		}
		checkCaching(t, resp.Header)
	}
}

// CVE-2015-5143, CVE-2015-5963 (Django): visitors without a session, with made
// up cookies, or on their way out do not fill the store.
func TestVisitorsDoNotFillStore_CVE_2015_5143(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{Rolling: true, Resave: true})
	for n := range 2000 {
		id := fmt.Sprintf("%x", rand.Uint64())
		r := unsigned(id)
		if n%2 == 0 {
			r = request("/", id)
		}
		resp := web.answer(r, func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			look(s, r.Context())
			if n%3 == 0 {
				must(t, s.Destroy(r.Context()))
			}
			webNote.Take(s)
		})
		if id := sentID(t, resp); id != "" && id != "cleared" {
			t.Fatalf("cookie for %q", id)
		}
	}
	if n := web.store.held(); n != 0 {
		t.Errorf("%d records", n)
	}
}

// GitHub, March 2021: a session that a background thread had kept was given to
// another user. Many users at once, with goroutines that go on using the
// session of a request that has ended: each sees only its own.
func TestUsersSeeOnlyTheirOwn_GitHub2021(t *testing.T) {
	t.Parallel()
	const users, requests = 20, 30
	web := newWeb(t, session.Options{TouchAfter: -1})
	var background sync.WaitGroup
	server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if name := r.URL.Query().Get("login"); name != "" {
			webUser.Set(s, name)
		}
		name := webUser.Get(s)
		if _, err := webCount.Update(s, increment); err != nil {
			t.Error(err)
		}
		io.WriteString(w, name)
		background.Go(func() {
			webUser.Set(s, "not "+name) // in time, and overwritten below, or refused
			if got := webUser.Get(s); got != name && got != "not "+name {
				t.Errorf("the kept session of %s reads %s", name, got)
			}
		})
		webUser.Set(s, name)
	}))
	var wg sync.WaitGroup
	for n := range users {
		b := newBrowser(t, server)
		name := fmt.Sprint("user", n)
		wg.Go(func() {
			b.expect("/?login="+name, name)
			for range requests {
				if _, got := b.get("/"); got != name && got != "not "+name {
					t.Errorf("%s is served as %q", name, got)
				}
				b.get("/?login=" + name)
			}
		})
	}
	wg.Wait()
	background.Wait()
	if n := web.store.held(); n != users {
		t.Errorf("%d records for %d users", n, users)
	}
}

// CVE-2023-20862 (Spring Security): a session that was emptied is stored as an
// empty one; what was in it does not come back.
func TestEmptiedSessionIsStored_CVE_2023_20862(t *testing.T) {
	t.Parallel()
	for name, empty := range map[string]func(*session.Session){
		"Clear":  (*session.Session).Clear,
		"Delete": webUser.Delete,
		"zero":   func(s *session.Session) { webUser.Set(s, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", `,"user":"ada"`)
			web.run("some-id", func(_ http.ResponseWriter, r *http.Request) { empty(session.From(r)) })
			if got := web.load(t, "some-id", webUser); got != "" {
				t.Errorf("the user is %q", got)
			}
		})
	}
}
