package fleet

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// The rule of the simulation makes the very calls that package session makes,
// and gives sessions the very expiries, request by request, for any times
// between requests.
func TestRule(t *testing.T) {
	t.Parallel()
	for _, p := range []Policy{
		{},
		{TouchAfter: -1},
		{IdleTimeout: 30 * time.Minute},
		{IdleTimeout: 30 * time.Minute, TouchAfter: -1, Anonymous: true},
		{IdleTimeout: 10 * time.Minute, TouchAfter: 9 * time.Minute},
		{IdleTimeout: 2 * time.Second},
		{IdleTimeout: time.Hour, AbsoluteTimeout: 3 * time.Hour},
		{IdleTimeout: time.Hour, AbsoluteTimeout: 3 * time.Hour, TouchAfter: 7 * time.Minute, Anonymous: true},
		{IdleTimeout: time.Hour, RenewAfter: 20 * time.Minute},
		{IdleTimeout: time.Hour, AbsoluteTimeout: 90 * time.Minute, RenewAfter: 13 * time.Minute, TouchAfter: -1},
		{IdleTimeout: time.Hour, RenewAfter: 20 * time.Minute, Anonymous: true},
		{IdleTimeout: time.Hour, AbsoluteTimeout: 30 * time.Minute},
	} {
		t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				synctest.Test(t, func(t *testing.T) { compare(t, p, rand.New(rand.NewPCG(seed, 7))) })
			}
		})
	}
}

// compare sends random requests to package session and to the rule.
func compare(t *testing.T, p Policy, random *rand.Rand) {
	real := newReal(t, p)
	rule := p.rule()
	var rec record
	seen := make(map[used]int)
	for range 400 {
		time.Sleep(pause(random, &rule, &rec))
		now := instant(time.Now())
		var got used
		var calls Calls
		switch changes := random.IntN(4) == 0; {
		case real.cookie == "":
			rec, calls = rule.create(now)
			got = saved
			real.visit(t, p.login)
		case random.IntN(40) == 0:
			got, calls = rule.logout(&rec, now)
			real.visit(t, logout)
		case changes:
			got, calls = rule.use(&rec, now, true)
			real.visit(t, count)
		default:
			got, calls = rule.use(&rec, now, false)
			real.visit(t, look)
		}
		seen[got]++
		if real.store.calls != calls {
			t.Fatalf("package session calls %v, the rule %v", real.store.calls, calls)
		}
		expires, alive := real.expires(t)
		if alive != (got != gone && calls[costs.Delete] == 0) {
			t.Fatalf("alive: %v, but the rule says %v", alive, got)
		}
		if alive && expires != rec.expires {
			t.Fatalf("it lives until %d, the rule says %d", expires, rec.expires)
		}
		if !alive {
			real.cookie = ""
		}
	}
	for _, what := range []used{gone, read, touched, saved, renewed} {
		never := what == renewed && p.RenewAfter == 0 ||
			what == read && p.TouchAfter < 0 ||
			what == touched && p.AbsoluteTimeout > 0 && p.AbsoluteTimeout <= p.IdleTimeout
		if seen[what] == 0 && !never {
			t.Errorf("no request of 400 was %d", what)
		}
	}
}

// pause draws the time until the next request: of any order, fractions of a
// millisecond included, and now and then to just when something is due.
func pause(random *rand.Rand, r *rule, rec *record) time.Duration {
	if now := time.Now(); random.IntN(3) == 0 {
		due := []Instant{rec.expires, rec.named + r.renewAfter, rec.expires - r.idle + r.touchAfter}[random.IntN(3)]
		exact := time.Duration(due-instant(now))*time.Millisecond - time.Duration(now.Nanosecond()%1e6)
		if d := exact + time.Duration(random.IntN(3)-1); d > 0 && due <= rec.expires {
			return d
		}
	}
	idle := time.Duration(r.idle) * time.Millisecond
	return max(time.Duration(float64(idle)/float64(int(1)<<random.IntN(12))*random.Float64()*1.2), 1)
}

func instant(t time.Time) Instant {
	const zero = -62135596800 // the zero time, in seconds of Unix
	return Instant((t.Unix()-zero)*1000 + int64(t.Nanosecond()/1e6))
}

// real is package session with one browser.
type real struct {
	manager *session.Manager
	store   *listener
	cookie  string
	id      string
}

func newReal(t *testing.T, p Policy) *real {
	r := &real{store: &listener{Store: memory.New(memory.Options{}), real: nil}}
	r.store.real = r
	var err error
	r.manager, err = session.New(session.Options{
		Secrets: []string{"0123456789abcdef0123456789abcdee"}, Store: r.store, Logger: slog.New(slog.DiscardHandler),
		IdleTimeout: p.IdleTimeout, AbsoluteTimeout: p.AbsoluteTimeout, TouchAfter: p.TouchAfter, RenewAfter: p.RenewAfter,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const number session.Key[int] = "n"

func (p Policy) login(r *http.Request) error {
	s := session.From(r)
	number.Set(s, 1)
	if p.Anonymous {
		return nil
	}
	return s.SetUser(r.Context(), "ada")
}

func look(r *http.Request) error   { number.Get(session.From(r)); return nil }
func logout(r *http.Request) error { return session.From(r).Destroy(r.Context()) }
func count(r *http.Request) error {
	s := session.From(r)
	if s.IsNew() { // what has ended is not to begin anew here
		return nil
	}
	number.Set(s, number.Get(s)+1)
	return nil
}

// visit makes a request. What it has called is in the store then.
func (r *real) visit(t *testing.T, do func(*http.Request) error) {
	t.Helper()
	request := httptest.NewRequest("GET", "/", nil)
	if r.cookie != "" {
		request.Header.Set("Cookie", r.cookie)
	}
	w := httptest.NewRecorder()
	r.store.calls = Calls{}
	r.manager.Handler(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		if err := do(request); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, request)
	if w.Code != http.StatusOK {
		t.Fatalf("answered with %d", w.Code)
	}
	if set := w.Header().Get("Set-Cookie"); set != "" {
		r.cookie, _, _ = strings.Cut(set, ";")
	}
}

// expires returns when the session of the browser's cookie expires.
func (r *real) expires(t *testing.T) (Instant, bool) {
	t.Helper()
	rec, err := r.store.Store.Get(t.Context(), r.id)
	return instant(rec.Expires), err == nil
}

// listener counts the calls to a store, and remembers the id that was made
// last.
type listener struct {
	*memory.Store
	real  *real
	calls Calls
}

func (l *listener) Get(ctx context.Context, id string) (store.Record, error) {
	l.calls[costs.Get]++
	return l.Store.Get(ctx, id)
}

func (l *listener) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	l.calls[costs.Create]++
	l.real.id = id
	return l.Store.Create(ctx, id, data, expires)
}

func (l *listener) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	l.calls[costs.Save]++
	return l.Store.Save(ctx, id, data, expires, base)
}

func (l *listener) Touch(ctx context.Context, id string, expires time.Time) error {
	l.calls[costs.Touch]++
	return l.Store.Touch(ctx, id, expires)
}

func (l *listener) Delete(ctx context.Context, id string, base store.Version) error {
	l.calls[costs.Delete]++
	return l.Store.Delete(ctx, id, base)
}

func (l *listener) NotBefore(ctx context.Context, user string) (time.Time, error) {
	l.calls[costs.NotBefore]++
	return l.Store.NotBefore(ctx, user)
}

func (l *listener) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	l.calls[costs.SetNotBefore]++
	return l.Store.SetNotBefore(ctx, user, notBefore, base)
}

func (l *listener) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	l.calls[costs.Note]++
	return l.Store.AddUserSession(ctx, user, id, expires)
}

func (l *listener) RemoveUserSession(ctx context.Context, user, id string) error {
	l.calls[costs.Forget]++
	return l.Store.RemoveUserSession(ctx, user, id)
}

func (l *listener) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	l.calls[costs.List]++
	return l.Store.UserSessions(ctx, user)
}

// Ending all sessions of a user takes the calls that the simulation counts.
func TestRevocation(t *testing.T) {
	t.Parallel()
	for noted := range 3 {
		p := Policy{}
		r := newReal(t, p)
		for range noted {
			r.cookie = ""
			r.visit(t, p.login)
		}
		r.store.calls = Calls{}
		if err := r.manager.RevokeUser(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		if want := revocation(noted); r.store.calls != want {
			t.Errorf("%d sessions: package session calls %v, the rule %v", noted, r.store.calls, want)
		}
		if noted == 0 {
			continue
		}
		r.store.calls = Calls{}
		r.visit(t, look)
		if r.store.calls[costs.Get] != 1 {
			t.Errorf("calls afterwards: %v", r.store.calls)
		}
	}
}
