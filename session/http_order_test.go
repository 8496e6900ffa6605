package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// glimpse is how long a test looks out for something that must not happen.
const glimpse = 20 * time.Millisecond

// rawConn sends a request over TCP and returns the connection.
func rawConn(t *testing.T, addr, id string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
	if id != "" {
		fmt.Fprintf(conn, "Cookie: %s=%s\r\n", webName, signed(id))
	}
	fmt.Fprint(conn, "\r\n")
	return conn
}

// While the store is at work on the session, no byte of the response leaves,
// however the handler answers and however much it writes.
func TestStoredBeforeFirstByte(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"nothing":  func(w http.ResponseWriter, r *http.Request) {},
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/next", http.StatusSeeOther) },
		"large":    func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 1<<20)) },
		"length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "ok")
		},
		"flush": func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() },
		"copy":  func(w http.ResponseWriter, r *http.Request) { io.Copy(w, strings.NewReader("ok")) },
		"hijack": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusSwitchingProtocols)
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				conn.Close()
			}
		},
	}
	operations := map[string]struct {
		id     string
		change func(*session.Session, *http.Request)
	}{
		"create": {"", func(s *session.Session, _ *http.Request) { webUser.Set(s, "alice") }},
		"save":   {"some-id", func(s *session.Session, _ *http.Request) { webUser.Set(s, "alice") }},
		"touch":  {"some-id", func(s *session.Session, _ *http.Request) { s.Touch() }},
		"delete": {"some-id", func(s *session.Session, r *http.Request) { s.Renew(r.Context()) }},
	}
	for answer, h := range answers {
		for op, tc := range operations {
			t.Run(op+", "+answer, func(t *testing.T) {
				t.Parallel()
				web, g := newWeb(t, session.Options{StoreTimeout: time.Hour}), newGate(t)
				web.store.plant(t, "some-id", "")
				web.store.intercept(g.holding(op))
				server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tc.change(session.From(r), r)
					h(w, r)
				}))
				conn := rawConn(t, server.Listener.Addr().String(), tc.id)
				g.await(t)
				conn.SetReadDeadline(time.Now().Add(glimpse))
				if n, err := conn.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("before it was stored: %d bytes of the response, %v", n, err)
				}
				g.open()
				conn.SetReadDeadline(time.Now().Add(patience))
				if resp, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(resp), "HTTP/1.1 ") {
					t.Errorf("after it was stored: %.20q, %v", resp, err)
				}
			})
		}
	}
}

// The request that follows a redirect finds the session of the redirect, also
// when the store takes its time.
func TestRedirectFindsItsSession(t *testing.T) {
	t.Parallel()
	web, followed := newWeb(t, session.Options{}), make(chan bool, 1)
	web.store.intercept(func(_ context.Context, op, _ string) error {
		if op == "create" || op == "save" {
			select {
			case <-followed:
				t.Error("the redirect was followed before its session was stored")
			case <-time.After(glimpse):
			}
		}
		return nil
	})
	b := newBrowser(t, web.serve(routes(map[string]http.HandlerFunc{
		"/login": func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			if err := s.Renew(r.Context()); err != nil {
				t.Error(err)
			}
			webCount.Set(s, webCount.Get(s)+1)
			http.Redirect(w, r, "/count", http.StatusSeeOther)
		},
		"/count": func(w http.ResponseWriter, r *http.Request) {
			followed <- true
			io.WriteString(w, strconv.Itoa(webCount.Get(session.From(r))))
			select {
			case <-followed: // for the next round
			default:
			}
		},
	})))
	for n := 1; n <= 3; n++ {
		b.expect("/login", strconv.Itoa(n))
	}
}

// A client that goes away while the handler logs out, or just before, cannot
// abort the logout. Nor does its leaving keep a change from being stored.
func TestClientDisconnects(t *testing.T) {
	t.Parallel()
	destroy := func(s *session.Session, r *http.Request) error { return s.Destroy(r.Context()) }
	save := func(s *session.Session, r *http.Request) error {
		webUser.Set(s, "alice")
		return s.Save(r.Context())
	}
	commit := func(s *session.Session, r *http.Request) error { webUser.Set(s, "alice"); return nil }
	for name, tc := range map[string]struct {
		act  func(*session.Session, *http.Request) error
		op   string // during which the client leaves; before the load if empty
		kept bool
	}{
		"before a logout":      {destroy, "", false},
		"during its load":      {destroy, "get", false},
		"during a logout":      {destroy, "delete", false},
		"before a save":        {save, "", true},
		"during a save":        {save, "save", true},
		"before a commit":      {commit, "", true},
		"during a commit":      {commit, "save", true},
		"during commit's load": {commit, "get", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web, g, done := newWeb(t, session.Options{StoreTimeout: time.Hour}), newGate(t), make(chan struct{})
			web.store.plant(t, "some-id", "")
			web.store.intercept(func(ctx context.Context, op, _ string) error {
				if op == tc.op {
					g.pass()
				}
				return ctx.Err()
			})
			handle := web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tc.op == "" {
					if g.pass(); r.Context().Err() == nil {
						t.Error("the request's context lives")
					}
				}
				if err := tc.act(session.From(r), r); err != nil {
					t.Error(err)
				}
			}))
			server := startServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				left := context.AfterFunc(r.Context(), g.open) // the server has seen it
				defer left()
				handle.ServeHTTP(w, r)
				close(done)
			}), false)
			conn := rawConn(t, server.Listener.Addr().String(), "some-id")
			g.await(t)
			conn.Close()
			await(t, done, "the handler has not ended")
			if n := web.store.held(); (n == 1) != tc.kept {
				t.Errorf("%d records", n)
			}
			if tc.kept && web.load(t, "some-id", webUser) != "alice" {
				t.Error("the change is not stored")
			}
		})
	}
}
