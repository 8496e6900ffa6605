package session_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const siteSecret = benchSecret

// site is a manager with all that its tests look at: the store with the calls
// that were made, the log, and the requests of a browser.
type site struct {
	t     testing.TB
	m     *session.Manager
	store *listener
	log   *syncBuffer
}

// newSite returns a site with the given options; secret, store and logger are
// filled in.
func newSite(t testing.TB, o session.Options) *site {
	t.Helper()
	s := &site{t: t, log: &syncBuffer{}}
	if o.Store == nil {
		o.Store = memory.New(memory.Options{})
	}
	s.store = &listener{Store: o.Store}
	o.Store = s.store
	if o.Secrets == nil {
		o.Secrets = []string{siteSecret}
	}
	o.Logger = slog.New(slog.NewTextHandler(s.log, nil))
	var err error
	if s.m, err = session.New(o); err != nil {
		t.Fatal(err)
	}
	inPieces(s.m, s.store.Store, func(_ context.Context, op, _ string, operate func() error) error {
		s.store.note(op)
		return operate()
	})
	return s
}

// visit is one request and what its handler does.
type visit struct {
	method, target string // GET and / if empty
	cookie         string // the Cookie header
	https          bool
	remote         string
	header         http.Header
	status         int // that the handler answers with
	do             func(*session.Session)
	handle         http.HandlerFunc // instead of do
}

func (v visit) request() *http.Request {
	method, target := v.method, v.target
	if method == "" {
		method = "GET"
	}
	if target == "" {
		target = "/"
	}
	r := httptest.NewRequest(method, target, nil)
	r.TLS = nil
	for name, values := range v.header {
		r.Header[name] = values
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	if v.https {
		r.TLS = &tls.ConnectionState{}
	}
	if v.remote != "" {
		r.RemoteAddr = v.remote
	}
	return r
}

// reply is what came of a visit.
type reply struct {
	status    int
	setCookie string // Set-Cookie, several joined by newlines
	header    http.Header
	calls     string // of the store, separated by commas
}

// visit makes a request.
func (s *site) visit(v visit) reply {
	s.t.Helper()
	handle := v.handle
	if handle == nil {
		handle = func(w http.ResponseWriter, r *http.Request) {
			if v.do != nil {
				v.do(session.From(r))
			}
			if v.status != 0 {
				w.WriteHeader(v.status)
			}
		}
	}
	s.store.calls() // forget earlier ones
	w := httptest.NewRecorder()
	s.m.Handler(handle).ServeHTTP(w, v.request())
	return reply{
		status: w.Code, header: w.Header(),
		setCookie: strings.Join(w.Header()["Set-Cookie"], "\n"), calls: s.store.calls(),
	}
}

// cookie returns the pair to be sent back, empty if none was set.
func (r reply) cookie() string {
	pair, _, _ := strings.Cut(r.setCookie, ";")
	return pair
}

// attributes returns what follows the pair in Set-Cookie.
func (r reply) attributes() string {
	_, attributes, _ := strings.Cut(r.setCookie, "; ")
	return attributes
}

// id returns the id in the cookie that was set.
func (r reply) id() string { return idOf(r.cookie()) }

// idOf returns the id in a cookie pair.
func idOf(pair string) string {
	_, value, _ := strings.Cut(pair, "=")
	id := strings.TrimPrefix(cookie.Decode(value), "s:")
	return id[:max(0, strings.LastIndexByte(id, '.'))]
}

// signedPair returns the pair for an id.
func signedPair(t testing.TB, id string, secrets ...string) string {
	t.Helper()
	if secrets == nil {
		secrets = []string{siteSecret}
	}
	signer, err := cookie.NewSigner(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return "connect.sid=" + string(signer.AppendCookieValue(nil, id))
}

// put stores a record and returns the cookie for it.
func (s *site) put(id, data string) string {
	s.t.Helper()
	if _, err := s.store.Store.Create(context.Background(), id, data, time.Now().Add(24*time.Hour)); err != nil {
		s.t.Fatal(err)
	}
	return signedPair(s.t, id)
}

// record returns the data of an id, empty if there is none.
func (s *site) record(id string) string {
	r, _ := s.store.Store.Get(context.Background(), id)
	return r.Data
}

// expires returns how long the record of id still lives.
func (s *site) expires(id string) time.Duration {
	r, err := s.store.Store.Get(context.Background(), id)
	if err != nil {
		return 0
	}
	return time.Until(r.Expires)
}

// count returns how many sessions there are.
func (s *site) count() int {
	n, err := s.store.Store.(store.Counter).Count(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// want compares two values.
func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\ngot  %v\nwant %v", what, got, want)
	}
}

// listener is a store that notes the calls to it.
type listener struct {
	store.Store
	mu    sync.Mutex
	heard []string
}

func (l *listener) note(call string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, call)
}

// calls returns the calls since it was last asked.
func (l *listener) calls() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := strings.Join(l.heard, ",")
	l.heard = nil
	return calls
}

func (l *listener) Get(ctx context.Context, id string) (store.Record, error) {
	l.note("get")
	return l.Store.Get(ctx, id)
}

func (l *listener) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	l.note("create")
	return l.Store.Create(ctx, id, data, expires)
}

func (l *listener) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	l.note("save")
	return l.Store.Save(ctx, id, data, expires, base)
}

func (l *listener) Touch(ctx context.Context, id string, expires time.Time) error {
	l.note("touch")
	return l.Store.Touch(ctx, id, expires)
}

func (l *listener) Delete(ctx context.Context, id string, base store.Version) error {
	l.note("delete")
	return l.Store.Delete(ctx, id, base)
}

// syncBuffer is a log that many may write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
