package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const newPassword = "battery staple"

// CVE-2021-41268: remembered logins outlived a change of the password. Here
// all sessions end but the one that changes it, which goes on under a new id.
func TestCVE2021_41268_RememberedPastPasswordChange(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	v := s.visitor(t).register("Ada")
	eve := s.visitor(t).register("Eve")
	remembered, plain := s.visitor(t), s.visitor(t)
	remembered.post("/login", "username", "Ada", "password", password, "remember", "on")
	plain.logsIn("Ada")
	v.post("/cart")
	before := v.cookies["connect.sid"]
	if status := v.change(password, newPassword); status != http.StatusOK {
		t.Fatalf("changing the password: %d", status)
	}
	for _, other := range []*visitor{remembered, plain} {
		if got := other.name(); got != "" {
			t.Errorf("another session is still %s's", got)
		}
	}
	if got := eve.name(); got != "Eve" {
		t.Error("somebody else was logged out")
	}
	if v.name() != "Ada" || v.send(http.MethodGet, "/cart", "").Header().Get("Cart") != "full" {
		t.Error("the session that changed the password is not what it was")
	}
	thief := s.visitor(t)
	thief.cookies["connect.sid"] = before
	if thief.name() != "" || v.cookies["connect.sid"] == before {
		t.Error("the id from before the change is still good")
	}
	if status, _ := s.visitor(t).login("Ada", password); status != http.StatusUnauthorized {
		t.Errorf("the old password: %d", status)
	}
	if status, _ := s.visitor(t).login("Ada", newPassword); status != http.StatusOK {
		t.Errorf("the new password: %d", status)
	}
}

func TestChangePasswordRefusals(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	v := s.visitor(t).register("Adelaide")
	other := s.visitor(t)
	other.logsIn("Adelaide")
	before := v.cookies["connect.sid"]
	for _, test := range []struct {
		name, current, replacement string
		want                       error
		status                     int
	}{
		{"wrong", "wrong password", newPassword, auth.ErrCredentials, http.StatusUnauthorized},
		{"too long to be right", password + strings.Repeat("x", 72), newPassword, auth.ErrCredentials, http.StatusUnauthorized},
		{"same", password, password, auth.ErrPasswordSame, http.StatusBadRequest},
		{"short", password, "short", auth.ErrPasswordTooShort, http.StatusBadRequest},
		{"long", password, strings.Repeat("x", 73), auth.ErrPasswordTooLong, http.StatusBadRequest},
		{"zero byte", password, "12345678\x00", auth.ErrPasswordCharacters, http.StatusBadRequest},
		{"common", password, "Password1", auth.ErrPasswordCommon, http.StatusBadRequest},
		{"the name", password, "adelaide", auth.ErrPasswordCommon, http.StatusBadRequest},
	} {
		w := v.post("/password", "current", test.current, "replacement", test.replacement)
		if w.Code != test.status || strings.TrimSpace(w.Body.String()) != test.want.Error() {
			t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
		}
		if len(v.setLast) > 0 {
			t.Errorf("%s: a cookie is set", test.name)
		}
	}
	if status := s.visitor(t).change(password, newPassword); status != http.StatusForbidden {
		t.Errorf("without a login: %d", status)
	}
	if other.name() == "" || v.name() == "" || v.cookies["connect.sid"] != before || !s.visitor(t).logsIn("Adelaide") {
		t.Error("something has changed all the same")
	}
}

// Ensure that the current password cannot be guessed by whoever found a session
// open, and that guesses by strangers do not keep its owner from changing it.
func TestChangePasswordThrottled(t *testing.T) {
	t.Parallel()
	s := throttled(t, func(o *auth.Options) { o.Secrets = nil })
	v := s.visitor(t).register("Ada")
	s.attack(t, "Ada")
	for i := range 5 {
		if status := v.change("wrong password", newPassword); status != http.StatusUnauthorized {
			t.Fatalf("guess %d at the current password: %d", i, status)
		}
	}
	for _, w := range []int{v.change(password, newPassword), v.post("/check", "password", password).Code} {
		if w != http.StatusTooManyRequests {
			t.Errorf("after five guesses: %d", w)
		}
	}
	if v.name() != "Ada" {
		t.Error("the session has ended")
	}
}

// A login forgets what has failed in the same browser, wherever it did.
func TestLoginForgetsFailuresInside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := throttled(t, nil)
		v := s.visitor(t).register("Ada")
		for range 5 {
			v.change("wrong password", newPassword)
		}
		known := v.cookies["known"]
		time.Sleep(time.Second)
		if !v.logsIn("Ada") {
			t.Fatal("after the wait the login is refused")
		}
		v.cookies["known"] = known // whose failures they were
		if looked := v.guess("Ada", 6); looked != 5 {
			t.Errorf("%d guesses were looked at after a success, want 5", looked)
		}
	})
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	v := s.visitor(t).register("Ada")
	for pass, want := range map[string]int{password: http.StatusOK, "wrong password": http.StatusUnauthorized, "a\x00": http.StatusUnauthorized} {
		if got := v.post("/check", "password", pass).Code; got != want {
			t.Errorf("%q: %d", pass, got)
		}
	}
	if got := s.visitor(t).post("/check", "password", password).Code; got != http.StatusForbidden {
		t.Errorf("without a login: %d", got)
	}
}

// paused are accounts whose methods can be stopped, before they do what they
// do or after.
type paused struct {
	auth.Accounts
	mu   sync.Mutex
	stop map[string]func() // by method and "before" or "after"; runs once
}

func (p *paused) at(point string) {
	p.mu.Lock()
	f := p.stop[point]
	delete(p.stop, point)
	p.mu.Unlock()
	if f != nil {
		f()
	}
}

// set has f run the next time that a point is reached.
func (p *paused) set(point string, f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop[point] = f
}

func (p *paused) Find(ctx context.Context, username, key string) (auth.Account, error) {
	p.at("Find before")
	defer p.at("Find after")
	return p.Accounts.Find(ctx, username, key)
}

func (p *paused) FindID(ctx context.Context, id string) (auth.Account, error) {
	p.at("FindID before")
	defer p.at("FindID after")
	return p.Accounts.FindID(ctx, id)
}

func (p *paused) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	p.at("ReplaceHash before")
	defer p.at("ReplaceHash after")
	return p.Accounts.ReplaceHash(ctx, id, old, replacement)
}

// Ensure that a login with the old password does not outlive a change of it,
// wherever the change catches the login.
func TestLoginDuringPasswordChange(t *testing.T) {
	t.Parallel()
	for point, want := range map[string]int{
		"Find before":   http.StatusUnauthorized,
		"Find after":    http.StatusUnauthorized, // the old hash fits, but is not the account's any more
		"FindID before": http.StatusUnauthorized,
		"FindID after":  http.StatusOK, // too late to notice; the session is dead
	} {
		for _, anonymous := range []bool{true, false} {
			users := &paused{Accounts: newInMemory(), stop: map[string]func(){}}
			s := newHandler(t, cheap(users), nil)
			owner := s.visitor(t).register("Ada")
			late := s.visitor(t)
			if anonymous {
				late.post("/cart")
			}
			users.set(point, func() {
				if status := owner.change(password, newPassword); status != http.StatusOK {
					t.Errorf("%s: changing the password: %d", point, status)
				}
			})
			if status, _ := late.login("Ada", password); status != want {
				t.Errorf("%s: login with the old password: %d, want %d", point, status, want)
			}
			if got := late.name(); got != "" {
				t.Errorf("%s: it outlived the change", point)
			}
			if owner.name() != "Ada" || len(owner.sessions()) != 1 {
				t.Errorf("%s: the owner has %d sessions", point, len(owner.sessions()))
			}
			if got := late.send(http.MethodGet, "/cart", "").Header().Get("Cart"); anonymous && want != http.StatusOK && got != "full" {
				t.Errorf("%s: the failed login took the cart", point)
			}
		}
	}
}

// Ensure that logins at the same moment succeed when both renew the hash.
func TestCostChangeAtOnce(t *testing.T) {
	t.Parallel()
	users := &paused{Accounts: newInMemory(), stop: map[string]func(){}}
	s := newHandler(t, cheap(users), nil)
	old, err := bcrypt.GenerateFromPassword([]byte(password), 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.Create(t.Context(), auth.Account{Username: "Ada", Key: "ada", Hash: string(old)}); err != nil {
		t.Fatal(err)
	}
	for _, point := range []string{"ReplaceHash before", "ReplaceHash after"} {
		users.set(point, func() {
			if !s.visitor(t).logsIn("Ada") {
				t.Error("the login in between was refused")
			}
		})
	}
	if !s.visitor(t).logsIn("Ada") {
		t.Error("the login around it was refused")
	}
}

// Ensure that of two who change the password at the same moment one does.
func TestChangePasswordTwice(t *testing.T) {
	t.Parallel()
	users := &paused{Accounts: newInMemory(), stop: map[string]func(){}}
	s := newHandler(t, cheap(users), nil)
	first := s.visitor(t).register("Ada")
	second := s.visitor(t)
	second.logsIn("Ada")
	users.set("ReplaceHash before", func() {
		if status := second.change(password, newPassword); status != http.StatusOK {
			t.Errorf("the one in between: %d", status)
		}
	})
	if status := first.change(password, "another one"); status != http.StatusUnauthorized {
		t.Errorf("the one around it: %d", status)
	}
	if second.name() != "Ada" || first.name() != "" {
		t.Error("the session that lost is alive")
	}
}

// Ensure that nobody is spared who ends the session that is just changing the
// password.
func TestEndedDuringPasswordChange(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*visitor) int{
		"others": func(v *visitor) int { return v.post("/end-others").Code },
		"one": func(v *visitor) int {
			for _, session := range v.sessions() {
				if !session.Current {
					return v.post("/end", "handle", session.Handle).Code
				}
			}
			return 0
		},
	} {
		users := &paused{Accounts: newInMemory(), stop: map[string]func(){}}
		s := newHandler(t, cheap(users), nil)
		owner := s.visitor(t).register("Ada")
		thief := s.visitor(t)
		thief.cookies["connect.sid"] = owner.cookies["connect.sid"]
		if !thief.logsIn("Ada") {
			t.Fatal("no login")
		}
		owner = s.visitor(t)
		if !owner.logsIn("Ada") {
			t.Fatal("no login")
		}
		users.set("ReplaceHash before", func() {
			if status := end(thief); status != http.StatusOK {
				t.Errorf("%s: ending: %d", name, status)
			}
		})
		if status := owner.change(password, newPassword); status != http.StatusOK {
			t.Errorf("%s: changing the password: %d", name, status)
		}
		if thief.name() != "" || owner.name() != "Ada" {
			t.Errorf("%s: %q and %q are logged in", name, thief.name(), owner.name())
		}
	}
}

// plainStore is a store without an index of users.
type plainStore struct{ store.Store }

// brokenIndex is a store in which revoking fails.
type brokenIndex struct{ *memory.Store }

func (brokenIndex) SetNotBefore(context.Context, string, time.Time, time.Time) error {
	return errors.New("the index is broken")
}

// Ensure that who changes the password is told when the others may be alive,
// and is not shut out himself.
func TestOthersAlive(t *testing.T) {
	t.Parallel()
	for name, sessions := range map[string]store.Store{
		"no index":     plainStore{memory.New(memory.Options{})},
		"broken index": brokenIndex{memory.New(memory.Options{})},
	} {
		s := newHandler(t, cheap(newInMemory()), sessions)
		v := s.visitor(t).register("Ada")
		before := v.cookies["connect.sid"]
		if status := v.change(password, newPassword); status != http.StatusAccepted {
			t.Errorf("%s: changing the password: %d", name, status)
		}
		if v.name() != "Ada" || v.cookies["connect.sid"] == before {
			t.Errorf("%s: the session did not go on under a new id", name)
		}
		if status, _ := s.visitor(t).login("Ada", newPassword); status != http.StatusOK {
			t.Errorf("%s: the new password: %d", name, status)
		}
	}
}

// unsure are accounts whose engine reports an error after it has done the work.
type unsure struct{ auth.Accounts }

func (u unsure) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	if err := u.Accounts.ReplaceHash(ctx, id, old, replacement); err != nil {
		return err
	}
	return errors.New("connection lost")
}

// unable are accounts whose engine cannot write.
type unable struct{ auth.Accounts }

func (unable) ReplaceHash(context.Context, string, string, string) error {
	return errors.New("disk full")
}

// Ensure that the others are ended if the password was changed, whatever the
// engine reported, and only then.
func TestChangePasswordUnsure(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		accounts auth.Accounts
		status   int
		other    string
	}{{unsure{newInMemory()}, http.StatusOK, ""}, {unable{newInMemory()}, http.StatusBadRequest, "Ada"}} {
		s := newHandler(t, cheap(test.accounts), nil)
		v, other := s.visitor(t).register("Ada"), s.visitor(t)
		other.logsIn("Ada")
		if status := v.change(password, newPassword); status != test.status {
			t.Errorf("%T: %d", test.accounts, status)
		}
		if other.name() != test.other || v.name() != "Ada" {
			t.Errorf("%T: %q and %q are logged in", test.accounts, v.name(), other.name())
		}
	}
}

// Ensure that the errors of the session are the caller's to see.
func TestChangePasswordStoreDown(t *testing.T) {
	t.Parallel()
	sessions := memory.New(memory.Options{})
	users := newInMemory()
	v := newHandler(t, cheap(users), sessions).visitor(t).register("Ada")
	v.site = newHandler(t, cheap(users), failing{sessions})
	if status := v.change(password, newPassword); status != http.StatusServiceUnavailable {
		t.Errorf("%d", status)
	}
	if _, err := v.site.auth.Sessions(requestIn(t, v)); err == nil || errors.Is(err, auth.ErrNotLoggedIn) {
		t.Errorf("listing: %v", err)
	}
}

// requestIn returns a request that has the visitor's session.
func requestIn(t *testing.T, v *visitor) *http.Request {
	r := requestWithoutSession(t)
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	manager, err := session.New(session.Options{Secrets: []string{secret}, Store: v.site.store})
	if err != nil {
		t.Fatal(err)
	}
	var within *http.Request
	manager.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r)
		within = r
	})).ServeHTTP(discard{http.Header{}}, r)
	return within
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
