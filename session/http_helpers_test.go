package session_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// What the tests of requests, races and failures have in common.

const (
	webSecret = "6f1d0c3b9a8e7f5d4c2b1a0918273645"
	webName   = "connect.sid"

	webUser  session.Key[string] = "user"
	webCount session.Key[int]    = "count"
	webNote  session.Key[string] = "note"

	// patience is how long a test waits for what has to happen at once.
	patience = 10 * time.Second
)

// tap is a store that records what is asked of it, and where a test can hold
// up operations or have them fail.
type tap struct {
	store.Store

	mu     sync.Mutex
	ops    []string
	before func(ctx context.Context, op, id string) error
	after  func(ctx context.Context, op, id string) error
}

func newTap() *tap { return &tap{Store: memory.New(memory.Options{})} }

// intercept has f called before each operation. An error of f is that of the
// operation, which is not done then.
func (s *tap) intercept(f func(ctx context.Context, op, id string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// follow has f called after each operation that succeeded.
func (s *tap) follow(f func(ctx context.Context, op, id string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = f
}

// fail has one kind of operation fail from now on, or none if op is empty.
func (s *tap) fail(op string, err error) {
	s.intercept(func(_ context.Context, o, _ string) error {
		if o == op {
			return err
		}
		return nil
	})
}

// failOnce has the next operation of one kind fail.
func (s *tap) failOnce(op string, err error) {
	var failed atomic.Bool
	s.intercept(func(_ context.Context, o, _ string) error {
		if o == op && failed.CompareAndSwap(false, true) {
			return err
		}
		return nil
	})
}

func (s *tap) do(ctx context.Context, op, id string, operate func() error) error {
	s.mu.Lock()
	s.ops = append(s.ops, op)
	before, after := s.before, s.after
	s.mu.Unlock()
	if before != nil {
		if err := before(ctx, op, id); err != nil {
			return err
		}
	}
	err := operate()
	if err == nil && after != nil {
		err = after(ctx, op, id)
	}
	return err
}

// took returns the operations since it was called last, with blanks between.
func (s *tap) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ops := strings.Join(s.ops, " ")
	s.ops = nil
	return ops
}

func (s *tap) Get(ctx context.Context, id string) (r store.Record, err error) {
	err = s.do(ctx, "get", id, func() error { r, err = s.Store.Get(ctx, id); return err })
	return r, err
}

func (s *tap) Create(ctx context.Context, id, data string, expires time.Time) (v store.Version, err error) {
	err = s.do(ctx, "create", id, func() error { v, err = s.Store.Create(ctx, id, data, expires); return err })
	return v, err
}

func (s *tap) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (v store.Version, err error) {
	err = s.do(ctx, "save", id, func() error { v, err = s.Store.Save(ctx, id, data, expires, base); return err })
	return v, err
}

func (s *tap) Touch(ctx context.Context, id string, expires time.Time) error {
	return s.do(ctx, "touch", id, func() error { return s.Store.Touch(ctx, id, expires) })
}

func (s *tap) Delete(ctx context.Context, id string, base store.Version) error {
	return s.do(ctx, "delete", id, func() error { return s.Store.Delete(ctx, id, base) })
}

// held returns the number of records, and the data of id behind the tap.
func (s *tap) held() int {
	n, err := s.Store.(store.Counter).Count(context.Background())
	if err != nil {
		panic(err)
	}
	return n
}

func (s *tap) data(id string) string {
	r, err := s.Store.Get(context.Background(), id)
	if err != nil {
		return err.Error()
	}
	return r.Data
}

// rewrite replaces a record behind the tap, as an Express application would.
func (s *tap) rewrite(t testing.TB, id string, change func(data string) string) {
	t.Helper()
	ctx := context.Background()
	r, err := s.Store.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.Save(ctx, id, change(r.Data), r.Expires, r.Version); err != nil {
		t.Fatal(err)
	}
}

const webRecord = `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"}%s}`

// plant stores a session behind the tap that was used a second ago. The members
// follow the cookie's, each with a comma before it.
func (s *tap) plant(t testing.TB, id, members string) {
	t.Helper()
	expires := time.Now().Add(24*time.Hour - time.Second)
	if _, err := s.Store.Create(context.Background(), id, fmt.Sprintf(webRecord, members), expires); err != nil {
		t.Fatal(err)
	}
}

// logTap keeps what was logged, at every level.
type logTap struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logTap) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logTap) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logTap) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// web is a manager with its store and log under observation.
type web struct {
	t testing.TB
	*session.Manager
	store *tap
	log   *logTap
}

// newWeb fills in secret, store and logger of o.
func newWeb(t testing.TB, o session.Options) *web {
	t.Helper()
	w := &web{t: t, log: &logTap{}}
	if o.Store == nil {
		o.Store = newTap()
	}
	w.store, _ = o.Store.(*tap)
	if o.Secrets == nil {
		o.Secrets = []string{webSecret}
	}
	o.Logger = w.log.logger()
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Manager = m
	if w.store != nil {
		inPieces(m, w.store.Store, w.store.do)
	}
	return w
}

// serve serves h behind the manager until the test ends.
func (w *web) serve(h http.Handler) *httptest.Server {
	return startServer(w.t, w.Handler(h), false)
}

func startServer(t testing.TB, h http.Handler, http2 bool) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger((&logTap{}).logger().Handler(), slog.LevelError)
	if server.EnableHTTP2 = http2; http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

// routes is a mux, briefly.
func routes(handlers map[string]http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	for path, h := range handlers {
		mux.HandleFunc(path, h)
	}
	return mux
}

// request returns a request with the signed cookie of id, without one if id is
// empty.
func request(target, id string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if id != "" {
		r.Header.Set("Cookie", webName+"="+signed(id))
	}
	return r
}

func signed(id string) string {
	signer, err := cookie.NewSigner(webSecret)
	if err != nil {
		panic(err)
	}
	return string(signer.AppendCookieValue(nil, id))
}

// run has the manager's handler answer one request, without a wire.
func (w *web) run(id string, h http.HandlerFunc) *http.Response {
	return w.answer(request("/", id), h)
}

func (w *web) answer(r *http.Request, h http.HandlerFunc) *http.Response {
	recorder := httptest.NewRecorder()
	w.Handler(h).ServeHTTP(recorder, r)
	return recorder.Result()
}

// sentID returns the id that a response's cookie carries: empty for none,
// "cleared" for a cookie that takes it away.
func sentID(t testing.TB, resp *http.Response) string {
	t.Helper()
	id := ""
	for _, c := range resp.Cookies() {
		if c.Name != webName {
			continue
		}
		if id != "" {
			t.Errorf("two session cookies in one response: %q", resp.Header["Set-Cookie"])
		}
		if id = idIn(c); c.Value == "" && c.Expires.Unix() == 0 {
			id = "cleared"
		}
	}
	return id
}

// idIn returns the id in a signed cookie, empty if the signature does not hold.
func idIn(c *http.Cookie) string {
	signer, err := cookie.NewSigner(webSecret)
	if err != nil {
		panic(err)
	}
	id, _ := signer.VerifyCookieValue(c.Value)
	return id
}

// browser is a client with a cookie jar.
type browser struct {
	t testing.TB
	*http.Client
	base string
}

func newBrowser(t testing.TB, server *httptest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, Client: server.Client(), base: server.URL}
	c := *b.Client // another browser of the same server has its own jar
	c.Jar, c.Timeout = jar, patience
	b.Client = &c
	return b
}

// get returns the status and body of a response. It may be called from any
// goroutine.
func (b *browser) get(path string) (status int, body string) {
	b.t.Helper()
	resp, err := b.Client.Get(b.base + path)
	if err != nil {
		b.t.Errorf("GET %s: %v", path, err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Errorf("GET %s: %v", path, err)
	}
	return resp.StatusCode, string(text)
}

// expect gets a path and compares the body.
func (b *browser) expect(path, body string) {
	b.t.Helper()
	if _, got := b.get(path); got != body {
		b.t.Errorf("GET %s: got %q, want %q", path, got, body)
	}
}

// start gets a path in the background. The function it returns waits for the
// status.
func (b *browser) start(path string) (wait func() int) {
	done := make(chan int, 1)
	go func() {
		status, _ := b.get(path)
		done <- status
	}()
	return func() int { return <-done }
}

// id returns the session id in the jar, empty if there is none.
func (b *browser) id() string {
	b.t.Helper()
	u, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == webName {
			return idIn(c)
		}
	}
	return ""
}
