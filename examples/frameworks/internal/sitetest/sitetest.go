// Package sitetest tests that sessions keep their promises below a web
// framework: in changes, redirects, streams, errors, panics and upgrades, and
// when the store is down.
package sitetest

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// The keys of the routes below.
const (
	Views session.Key[int]    = "views"
	Note  session.Key[string] = "note"
)

// Patience is how long anything may take before a test gives up on it.
const Patience = time.Minute

// Site is an application with sessions on a server of its own. Its example
// serves GET / and POST /name, and a test adds:
//
//	GET /redirect  sets Note to "redirect" and leads to /note
//	GET /note      answers Note
//	GET /refuse    sets Note to "refuse" and reports status 403 as errors are reported
//	GET /panic     sets Note to "panic" and panics
//	GET /stream    sets Note to "stream", sends "begin\n", waits for Released, sends "end\n"
//	GET /hijack    sets Note to "hijack", answers 101 and then "taken\n" on the bare connection
//	GET /logout    sets a cookie own=1 and destroys the session
type Site struct {
	// Sessions is the manager to build the application with.
	Sessions *session.Manager
	// Released is closed when a stream may go on.
	Released chan struct{}

	store  *switchable
	base   string
	client *http.Client
}

// switchable is a memory store that can be out of order.
type switchable struct {
	store.Store
	down, readOnly atomic.Bool
}

var errDown = errors.New("the store is down")

func (s *switchable) Get(ctx context.Context, id string) (store.Record, error) {
	if s.down.Load() {
		return store.Record{}, errDown
	}
	return s.Store.Get(ctx, id)
}

func (s *switchable) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	if s.down.Load() || s.readOnly.Load() {
		return "", errDown
	}
	return s.Store.Create(ctx, id, data, expires)
}

func (s *switchable) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	if s.down.Load() || s.readOnly.Load() {
		return "", errDown
	}
	return s.Store.Save(ctx, id, data, expires, base)
}

// Serve is how an application is served: by an http.Server, or not.
type Serve func(net.Listener) error

// New starts what application makes of a site, on a free port.
func New(t *testing.T, application func(*Site) (serve Serve, stop func() error)) *Site {
	t.Helper()
	s := &Site{Released: make(chan struct{}), store: &switchable{Store: memory.New(memory.Options{})}}
	sessions, err := session.New(session.Options{
		Secrets: []string{rand.Text()},
		Store:   s.store,
		Logger:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Sessions = sessions
	serve, stop := application(s)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = serve(listener) // how it ended is of no interest
	}()
	s.base = "http://" + listener.Addr().String()
	s.client = NewBrowser(t)
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		if err := stop(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return s
}

// HTTP has a handler served by net/http.
func HTTP(h http.Handler) (Serve, func() error) {
	server := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	return server.Serve, server.Close
}

// NewBrowser returns a client that keeps cookies and follows redirects.
func NewBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{}, Timeout: Patience}
}

// get answers what the site said: status, header and body.
func (s *Site) get(t *testing.T, path string) (int, http.Header, string) {
	t.Helper()
	resp, err := s.client.Get(s.base + path)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return read(t, resp)
}

func (s *Site) post(t *testing.T, path, origin string, form url.Values) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatalf("POST %s: %v", path, err)
	}
	return read(t, resp)
}

func read(t *testing.T, resp *http.Response) (int, http.Header, string) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// Run tests an application. hijacks tells whether the framework hands over
// connections; to stream, it needs no help.
func Run(t *testing.T, hijacks bool, application func(*Site) (Serve, func() error)) {
	for name, test := range map[string]func(*testing.T, *Site){
		"counts":                    counts,
		"takes a form":              takesForm,
		"refuses another site":      refusesAnotherSite,
		"redirect finds its value":  redirects,
		"an error keeps its status": refuses,
		"a panic stores nothing":    panics,
		"a stream begins stored":    streams,
		"logs out":                  logsOut,
		"the store is down":         storeDown,
		"the store cannot write":    storeReadOnly,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, New(t, application))
		})
	}
	if hijacks {
		t.Run("an upgrade is stored", func(t *testing.T) {
			t.Parallel()
			upgrades(t, New(t, application))
		})
	}
}

func counts(t *testing.T, s *Site) {
	for n := 1; n <= 3; n++ {
		status, header, body := s.get(t, "/")
		if want := fmt.Sprintf("Hello, stranger! Visit %d.\n", n); status != http.StatusOK || body != want {
			t.Errorf("%d %q, want %q", status, body, want)
		}
		if set := header["Set-Cookie"]; (n == 1) != (len(set) == 1) {
			t.Errorf("visit %d: Set-Cookie %q", n, set)
		}
		if n == 1 && (header.Get("Cache-Control") != "private" || header.Get("Vary") != "Cookie") {
			t.Errorf("the cookie may be cached: %v", header)
		}
	}
}

func takesForm(t *testing.T, s *Site) {
	s.get(t, "/")
	if status, _, body := s.post(t, "/name", s.base, url.Values{"name": {"Ada"}}); status != http.StatusOK || body != "Hello, Ada! Visit 2.\n" {
		t.Errorf("%d %q", status, body)
	}
}

func refusesAnotherSite(t *testing.T, s *Site) {
	s.get(t, "/")
	if status, _, _ := s.post(t, "/name", "https://evil.example", url.Values{"name": {"Mallory"}}); status != http.StatusForbidden {
		t.Errorf("status %d", status)
	}
	if _, _, body := s.get(t, "/"); body != "Hello, stranger! Visit 2.\n" {
		t.Errorf("%q", body)
	}
}

func redirects(t *testing.T, s *Site) {
	if status, _, body := s.get(t, "/redirect"); status != http.StatusOK || body != "redirect" {
		t.Errorf("%d %q", status, body)
	}
}

// An error is an answer: as in Express, the session is stored with it.
func refuses(t *testing.T, s *Site) {
	status, header, _ := s.get(t, "/refuse")
	if status != http.StatusForbidden || len(header["Set-Cookie"]) != 1 {
		t.Errorf("%d %v", status, header)
	}
	if _, _, body := s.get(t, "/note"); body != "refuse" {
		t.Errorf("note %q", body)
	}
}

func panics(t *testing.T, s *Site) {
	status, header, _ := s.get(t, "/panic")
	if status != http.StatusInternalServerError || len(header["Set-Cookie"]) != 0 {
		t.Errorf("%d %v", status, header)
	}
	s.get(t, "/")
	s.get(t, "/panic")
	if _, _, body := s.get(t, "/note"); body != "" {
		t.Errorf("note %q", body)
	}
}

// The first line comes while the handler is at work, and with it the cookie of
// a session that is in the store.
func streams(t *testing.T, s *Site) {
	resp, err := s.client.Get(s.base + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	if line, err := lines.ReadString('\n'); line != "begin\n" || err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	if _, _, body := s.get(t, "/note"); body != "stream" {
		t.Errorf("note %q", body)
	}
	close(s.Released)
	if rest, err := io.ReadAll(lines); string(rest) != "end\n" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func logsOut(t *testing.T, s *Site) {
	s.get(t, "/")
	_, header, _ := s.get(t, "/logout")
	set := header["Set-Cookie"]
	slices.Sort(set)
	if len(set) != 2 || !strings.HasPrefix(set[0], "connect.sid=;") || !strings.Contains(set[0], "01 Jan 1970") || !strings.HasPrefix(set[1], "own=1") {
		t.Errorf("Set-Cookie %q", set)
	}
	if _, _, body := s.get(t, "/"); body != "Hello, stranger! Visit 1.\n" {
		t.Errorf("%q", body)
	}
}

// Nobody is taken for a stranger because the store does not answer, and what
// the handler wrote is not shown.
func storeDown(t *testing.T, s *Site) {
	s.get(t, "/")
	s.store.down.Store(true)
	for _, path := range []string{"/", "/redirect", "/note"} {
		status, header, body := s.get(t, path)
		if status != http.StatusServiceUnavailable || len(header["Set-Cookie"]) != 0 || strings.Contains(body, "Hello") {
			t.Errorf("GET %s: %d %v %q", path, status, header, body)
		}
	}
	s.store.down.Store(false)
	if _, _, body := s.get(t, "/"); body != "Hello, stranger! Visit 2.\n" {
		t.Errorf("%q", body)
	}
}

// What could not be stored is not said to be.
func storeReadOnly(t *testing.T, s *Site) {
	s.get(t, "/")
	s.store.readOnly.Store(true)
	for _, path := range []string{"/", "/redirect", "/refuse"} {
		status, header, body := s.get(t, path)
		if status != http.StatusServiceUnavailable || len(header["Set-Cookie"]) != 0 || header.Get("Location") != "" || strings.Contains(body, "Hello") {
			t.Errorf("GET %s: %d %v %q", path, status, header, body)
		}
	}
	if status, _, body := s.get(t, "/note"); status != http.StatusOK || body != "" {
		t.Errorf("reading: %d %q", status, body)
	}
}

func upgrades(t *testing.T, s *Site) {
	s.get(t, "/")
	base, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", base.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(Patience)); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, s.base+"/hijack", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "bare")
	for _, c := range s.client.Jar.Cookies(base) {
		req.AddCookie(c)
	}
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, req)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}
	if line, err := reader.ReadString('\n'); line != "taken\n" {
		t.Errorf("%q, %v", line, err)
	}
	if _, _, body := s.get(t, "/note"); body != "hijack" {
		t.Errorf("note %q", body)
	}
}

// Hijack is what GET /hijack does with the writer of a framework that hands
// over connections.
func Hijack(w http.ResponseWriter) error {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: bare\r\n\r\ntaken\n"); err != nil {
		return err
	}
	return rw.Flush()
}
