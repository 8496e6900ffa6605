package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// sessionChecks prove the rules that a store and a session manager keep
// together: that no overlap of requests loses a write or brings a session back.
// The overlaps are forced with barriers.
var sessionChecks = []check{
	{"DifferentKeys", differentKeys},
	{"Increments", increments},
	{"SlowWriteAfterDestroy", slowAfterDestroy(func(s *session.Session) { value.Set(s, "slow") }, http.StatusOK)},
	{"SlowTouchAfterDestroy", slowAfterDestroy((*session.Session).Touch, http.StatusOK)},
	{"SlowReadAfterDestroy", slowAfterDestroy(func(s *session.Session) { value.Get(s) }, http.StatusOK)},
	{"SlowUpdateAfterDestroy", slowAfterDestroy(count, http.StatusOK)},
	{"SlowRenewAfterDestroy", slowAfterDestroy(renewed, http.StatusServiceUnavailable)},
	{"SlowRegenerateAfterDestroy", slowAfterDestroy(regenerated, http.StatusServiceUnavailable)},
	{"SlowSaveAfterDestroy", slowAfterDestroy(saved, http.StatusServiceUnavailable)},
	{"SlowWriteAfterRenew", slowAfterRenew},
	{"LogoutDuringRenewal", logoutDuringRenewal},
	{"WriteDuringRenewal", writeDuringRenewal},
	{"TwoRenewals", twoRenewals},
	{"WriteDuringRotation", writeDuringRotation},
	{"LogoutDuringRotation", logoutDuringRotation},
	{"Crowd", crowd},
}

const (
	value session.Key[string] = "value"
	other session.Key[string] = "other"
	views session.Key[int]    = "views"
)

func count(s *session.Session) {
	_, _ = views.Update(s, func(n int) int { return n + 1 })
}

// site is a server whose handlers are given with each request.
type site struct {
	t *testing.T
	m *session.Manager
}

func newSite(t *testing.T, st store.Store, change func(*session.Options)) *site {
	t.Helper()
	o := session.Options{
		Secrets: []string{"a secret of the tests of stores"}, Store: st,
		// A hundred requests in one queue, under the race detector, on a
		// disk: only a store that hangs should come to know it.
		StoreTimeout: time.Minute,
		Logger:       slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &site{t, m}
}

// do sends a request with the cookie, if it is not empty, to handle.
func (s *site) do(cookie string, handle func(*session.Session)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	s.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		handle(session.From(r))
	})).ServeHTTP(w, r)
	return w
}

// login starts a session and returns its cookie.
func (s *site) login() (cookie string) {
	s.t.Helper()
	return s.cookieOf(s.do("", func(s *session.Session) { value.Set(s, "first") }))
}

// cookieOf returns the cookie that a response has set.
func (s *site) cookieOf(w *httptest.ResponseRecorder) string {
	s.t.Helper()
	set := w.Header().Get("Set-Cookie")
	cookie, _, _ := strings.Cut(set, ";")
	if w.Code != http.StatusOK || strings.HasSuffix(cookie, "=") || cookie == "" {
		s.t.Fatalf("status %d, Set-Cookie %q; want 200 and a session", w.Code, set)
	}
	return cookie
}

// values returns what the session of a cookie holds, and whether there is one.
func (s *site) values(cookie string) (got map[string]string, alive bool) {
	s.t.Helper()
	got = make(map[string]string)
	w := s.do(cookie, func(s *session.Session) {
		alive = !s.IsNew()
		for _, k := range s.Keys() {
			got[k] = fmt.Sprint(session.Key[any](k).Get(s))
		}
		s.Discard() // so that looking changes nothing
	})
	if w.Code != http.StatusOK {
		s.t.Fatalf("reading a session: status %d", w.Code)
	}
	return got, alive
}

func (s *site) wantValues(cookie string, want map[string]string) {
	s.t.Helper()
	got, alive := s.values(cookie)
	if fmt.Sprint(got) != fmt.Sprint(want) || !alive {
		s.t.Errorf("the session holds %v (alive: %v), want %v", got, alive, want)
	}
}

func (s *site) wantDead(cookie string) {
	s.t.Helper()
	if got, alive := s.values(cookie); alive {
		s.t.Errorf("a session is alive that has ended, with %v", got)
	}
}

// slow starts a request that loads its session and stops there. The function
// that it returns has it go on with handle, and returns its response.
func (s *site) slow(cookie string) (goOn func(handle func(*session.Session)) *httptest.ResponseRecorder) {
	s.t.Helper()
	loaded := make(chan struct{})
	handles := make(chan func(*session.Session))
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		done <- s.do(cookie, func(s *session.Session) {
			value.Get(s)
			close(loaded)
			(<-handles)(s)
		})
	}()
	<-loaded
	return func(handle func(*session.Session)) *httptest.ResponseRecorder {
		handles <- handle
		return <-done
	}
}

func (s *site) destroy(cookie string) {
	s.t.Helper()
	w := s.do(cookie, func(session *session.Session) {
		if err := session.Destroy(context.Background()); err != nil {
			s.t.Errorf("Destroy: %v", err)
		}
	})
	if set := w.Header().Get("Set-Cookie"); !strings.Contains(set, "1970") {
		s.t.Errorf("a logout answered with Set-Cookie %q", set)
	}
}

func differentKeys(t *testing.T, st store.Store) {
	s := newSite(t, st, nil)
	cookie := s.login()
	first, second := s.slow(cookie), s.slow(cookie)
	first(func(s *session.Session) { value.Set(s, "one") })
	second(func(s *session.Session) { other.Set(s, "two") })
	s.wantValues(cookie, map[string]string{"value": "one", "other": "two"})
}

func increments(t *testing.T, st store.Store) {
	const requests = 100
	s := newSite(t, st, nil)
	cookie := s.login()
	var goOns []func(func(*session.Session)) *httptest.ResponseRecorder
	for range requests {
		goOns = append(goOns, s.slow(cookie))
	}
	var wg sync.WaitGroup
	for _, goOn := range goOns {
		wg.Go(func() {
			if w := goOn(count); w.Code != http.StatusOK {
				t.Errorf("status %d", w.Code)
			}
		})
	}
	wg.Wait()
	s.wantValues(cookie, map[string]string{"value": "first", "views": fmt.Sprint(requests)})
}

func slowAfterDestroy(handle func(*session.Session), status int) func(*testing.T, store.Store) {
	return func(t *testing.T, st store.Store) {
		s := newSite(t, st, func(o *session.Options) { o.TouchAfter = -1 })
		cookie := s.login()
		goOn := s.slow(cookie)
		s.destroy(cookie)
		w := goOn(handle)
		if w.Code != status {
			t.Errorf("the slow request answered %d, want %d", w.Code, status)
		}
		if set := w.Header()["Set-Cookie"]; set != nil {
			t.Errorf("the slow request set %q", set)
		}
		s.wantDead(cookie)
		wantRecords(t, st, 0)
	}
}

// wantRecords checks the number of records, where the store can count them.
func wantRecords(t *testing.T, st store.Store, want int) {
	t.Helper()
	c, ok := st.(store.Counter)
	if !ok {
		return
	}
	n, err := c.Count(t.Context())
	if errors.Is(err, errors.ErrUnsupported) {
		return
	}
	if err != nil || n != want {
		t.Errorf("the store holds %d records, %v; want %d", n, err, want)
	}
}

func renewed(s *session.Session) {
	if err := s.Renew(context.Background()); err != nil {
		panic(err)
	}
}

func regenerated(s *session.Session) {
	if err := s.Regenerate(context.Background()); err != nil {
		panic(err)
	}
}

// saved leaves the error to the session, which keeps it.
func saved(s *session.Session) { _ = s.Save(context.Background()) }

func slowAfterRenew(t *testing.T, st store.Store) {
	s := newSite(t, st, nil)
	before := s.login()
	goOn := s.slow(before)
	after := s.cookieOf(s.do(before, renewed))
	w := goOn(func(s *session.Session) { other.Set(s, "slow") })
	if set := w.Header()["Set-Cookie"]; set != nil || w.Code != http.StatusOK {
		t.Errorf("the slow request answered %d and set %q", w.Code, set)
	}
	s.wantDead(before)
	s.wantValues(after, map[string]string{"value": "first"})
	wantRecords(t, st, 1)
}

// interposed is a store that does something just before its next Delete of a
// certain version: between the two halves of a renewal.
type interposed struct {
	store.Store
	once sync.Once
	do   func()
}

func (st *interposed) Delete(ctx context.Context, id string, base store.Version) error {
	if base != "" && st.do != nil {
		st.once.Do(st.do)
	}
	return st.Store.Delete(ctx, id, base)
}

func logoutDuringRenewal(t *testing.T, st store.Store) {
	between := &interposed{Store: st}
	s, undisturbed := newSite(t, between, nil), newSite(t, st, nil)
	cookie := s.login()
	between.do = func() { undisturbed.destroy(cookie) }
	w := s.do(cookie, renewed)
	if set := w.Header()["Set-Cookie"]; w.Code != http.StatusServiceUnavailable || set != nil {
		t.Errorf("the renewal answered %d and set %q", w.Code, set)
	}
	s.wantDead(cookie)
	wantRecords(t, st, 0)
}

func writeDuringRenewal(t *testing.T, st store.Store) {
	between := &interposed{Store: st}
	s, undisturbed := newSite(t, between, nil), newSite(t, st, nil)
	cookie := s.login()
	between.do = func() {
		undisturbed.do(cookie, func(s *session.Session) { other.Set(s, "between"); count(s) })
	}
	after := s.cookieOf(s.do(cookie, func(s *session.Session) { renewed(s); count(s) }))
	s.wantDead(cookie)
	s.wantValues(after, map[string]string{"value": "first", "other": "between", "views": "2"})
	wantRecords(t, st, 1)
}

func twoRenewals(t *testing.T, st store.Store) {
	s := newSite(t, st, nil)
	cookie := s.login()
	first, second := s.slow(cookie), s.slow(cookie)
	answers := make(chan int, 2)
	for _, goOn := range []func(func(*session.Session)) *httptest.ResponseRecorder{first, second} {
		go func() { answers <- goOn(renewed).Code }()
	}
	a, b := <-answers, <-answers
	if min(a, b) != http.StatusOK || max(a, b) != http.StatusServiceUnavailable {
		t.Errorf("two renewals of one session answered %d and %d, want 200 and 503", a, b)
	}
	s.wantDead(cookie)
	wantRecords(t, st, 1)
}

// rotating has every request renew the session's id that can.
func rotating(o *session.Options) { o.RenewAfter = time.Nanosecond }

func writeDuringRotation(t *testing.T, st store.Store) {
	s, still := newSite(t, st, rotating), newSite(t, st, nil)
	before := s.login()
	goOn := still.slow(before)
	after := s.cookieOf(s.do(before, func(*session.Session) {}))
	if before == after {
		t.Fatal("the id was not renewed")
	}
	w := goOn(func(s *session.Session) { other.Set(s, "slow") })
	if got := s.cookieOf(w); got != after {
		t.Errorf("the slow request set %q, want the new id once more", got)
	}
	want := map[string]string{"value": "first", "other": "slow"}
	still.wantValues(after, want)
	still.wantValues(before, want)
}

func logoutDuringRotation(t *testing.T, st store.Store) {
	s, still := newSite(t, st, rotating), newSite(t, st, nil)
	before := s.login()
	goOn := still.slow(before)
	after := s.cookieOf(s.do(before, func(*session.Session) {}))
	goOn(func(s *session.Session) {
		if err := s.Destroy(context.Background()); err != nil {
			t.Errorf("Destroy: %v", err)
		}
	})
	still.wantDead(before)
	still.wantDead(after)
	wantRecords(t, st, 0)
}

// crowd has several browsers increment, renew and log out all at once, and
// holds what they see against what must be.
func crowd(t *testing.T, st store.Store) {
	const browsers, rounds, tabs = 8, 5, 4
	s := newSite(t, st, nil)
	var wg sync.WaitGroup
	for range browsers {
		wg.Go(func() {
			for round := range rounds {
				cookie := s.login()
				var counting sync.WaitGroup
				for range tabs {
					counting.Go(func() { s.do(cookie, count) })
				}
				counting.Wait()
				s.wantValues(cookie, map[string]string{"value": "first", "views": fmt.Sprint(tabs)})
				if round%2 == 0 {
					renewedCookie := s.cookieOf(s.do(cookie, renewed))
					s.wantDead(cookie)
					cookie = renewedCookie
				}
				slow := s.slow(cookie)
				s.destroy(cookie)
				slow(count)
				s.wantDead(cookie)
			}
		})
	}
	wg.Wait()
	wantRecords(t, st, 0)
}
