package session_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

const upgraded = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

// upgrade takes over the connection: after a WriteHeader, as httputil's
// ReverseProxy does it, or with a header of its own, as WebSocket packages do.
func upgrade(t *testing.T, w http.ResponseWriter, withHeader bool) {
	if withHeader {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	if !withHeader {
		rw.WriteString(upgraded)
	}
	rw.WriteString("hello from the other side")
	rw.Flush()
}

// hijacked sends a request, waits for its handler, and returns the response with
// what came after it.
func hijacked(t *testing.T, web *web, id string, h http.HandlerFunc) (*http.Response, string) {
	t.Helper()
	done := make(chan struct{})
	server := startServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		web.Handler(h).ServeHTTP(w, r)
	}), false)
	conn := rawConn(t, server.Listener.Addr().String(), id)
	conn.SetReadDeadline(time.Now().Add(patience))
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(r)
	await(t, done, "the handler has not ended")
	return resp, string(rest)
}

// An upgrade stores an existing session. A new one is stored only where its
// cookie can be set: in a header that the handler has written through us.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		withHeader bool
		id         string
		ops        string
		cookie     bool
	}{
		{"101, existing session", true, "some-id", "get save", false},
		{"101, new session", true, "", "create", true},
		{"hijack, existing session", false, "some-id", "get save", false},
		{"hijack, new session", false, "", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", "")
			resp, rest := hijacked(t, web, tc.id, func(w http.ResponseWriter, r *http.Request) {
				webUser.Set(session.From(r), "alice")
				upgrade(t, w, tc.withHeader)
			})
			if resp.StatusCode != http.StatusSwitchingProtocols || rest != "hello from the other side" {
				t.Errorf("status %d, then %q", resp.StatusCode, rest)
			}
			if ops := web.store.took(); ops != tc.ops {
				t.Errorf("operations %q, want %q", ops, tc.ops)
			}
			if id := sentID(t, resp); (id != "") != tc.cookie {
				t.Errorf("cookie %q", id)
			}
			if logged := strings.Contains(web.log.String(), "call WriteHeader before Hijack"); logged != (tc.ops == "") {
				t.Errorf("log: %s", web.log)
			}
		})
	}
}

// An existing session is stored too with what is changed after the upgrade.
func TestChangeAfterUpgrade(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	web.store.plant(t, "some-id", "")
	hijacked(t, web, "some-id", func(w http.ResponseWriter, r *http.Request) {
		upgrade(t, w, false)
		webUser.Set(session.From(r), "alice")
	})
	if got := web.load(t, "some-id", webUser); got != "alice" {
		t.Errorf("user %q is stored", got)
	}
}

// Without a header of ours a new id cannot reach the browser. The session then
// stays where it is, rather than move to an id that nobody knows.
func TestMoveIsLostByHijack(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*session.Session, context.Context) error{
		"Renew": (*session.Session).Renew, "Regenerate": (*session.Session).Regenerate,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", `,"user":"guest"`)
			hijacked(t, web, "some-id", func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				if err := move(s, r.Context()); err != nil {
					t.Error(err)
				}
				webUser.Set(s, "alice")
				upgrade(t, w, false)
				if err := s.Save(r.Context()); !errors.Is(err, session.ErrHeaderSent) {
					t.Errorf("Save = %v, want ErrHeaderSent", err)
				}
			})
			if got := web.load(t, "some-id", webUser); got != "guest" || web.store.held() != 1 {
				t.Errorf("user %q under the old id, %d records", got, web.store.held())
			}
			if !strings.Contains(web.log.String(), session.ErrHeaderSent.Error()) {
				t.Errorf("log: %s", web.log)
			}
		})
	}
}

// A session that cannot be stored keeps the connection from being taken over.
func TestUpgradeFails(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"get", "save"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.store.plant(t, "some-id", "")
			web.store.fail(op, errDown)
			resp, _ := hijacked(t, web, "some-id", func(w http.ResponseWriter, r *http.Request) {
				webUser.Set(session.From(r), "alice")
				_, _, err := w.(http.Hijacker).Hijack()
				if !errors.Is(err, errDown) {
					t.Errorf("Hijack = %v", err)
				}
			})
			if resp.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("status %d, want 503", resp.StatusCode)
			}
		})
	}
}

// Around the middleware, http.TimeoutHandler gives a writer without any
// optional interface; below it, it ends the request while its handler goes on.
func TestTimeoutHandler(t *testing.T) {
	t.Parallel()
	set := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		webUser.Set(session.From(r), "alice")
		fmt.Fprint(w, "ok")
	})
	web := newWeb(t, session.Options{})
	for name, h := range map[string]http.Handler{
		"outside": http.TimeoutHandler(web.Handler(set), time.Hour, ""),
		"inside":  web.Handler(http.TimeoutHandler(set, time.Hour, "")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, h, false)
			resp, err := server.Client().Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); string(body) != "ok" {
				t.Errorf("body %q", body)
			}
			if got := web.load(t, sentID(t, resp), webUser); got != "alice" {
				t.Errorf("user %q is stored", got)
			}
		})
	}
}

// A handler that http.TimeoutHandler has given up finds its session sealed.
func TestTimeoutInsideSealsSession(t *testing.T) {
	t.Parallel()
	web, g, done := newWeb(t, session.Options{}), newGate(t), make(chan struct{})
	web.store.plant(t, "some-id", `,"user":"alice"`)
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		s := session.From(r)
		g.pass()
		webUser.Set(s, "mallory")
		if err := s.Save(r.Context()); !errors.Is(err, session.ErrSealed) {
			t.Errorf("Save = %v, want ErrSealed", err)
		}
		if got := webUser.Get(s); got != "alice" {
			t.Errorf("user %q after the end", got)
		}
	})
	resp := web.run("some-id", func(w http.ResponseWriter, r *http.Request) {
		http.TimeoutHandler(slow, glimpse, "too slow").ServeHTTP(w, r)
	})
	g.open()
	await(t, done, "the handler has not ended")
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", resp.StatusCode)
	}
	if got := web.load(t, "some-id", webUser); got != "alice" {
		t.Errorf("user %q is stored", got)
	}
}
