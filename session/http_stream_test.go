package session_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// Server-sent events: the client sees each as it is flushed, and the session
// is stored before the first.
func TestServerSentEvents(t *testing.T) {
	t.Parallel()
	flushes := map[string]func(http.ResponseWriter) error{
		"Flusher":    func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
		"controller": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	}
	for name, flush := range flushes {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, http2 %v", name, http2), func(t *testing.T) {
				t.Parallel()
				web, g := newWeb(t, session.Options{}), newGate(t)
				server := startServer(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					webUser.Set(session.From(r), "alice")
					w.Header().Set("Content-Type", "text/event-stream")
					for n := range 3 {
						fmt.Fprintf(w, "data: %d\n\n", n)
						if err := flush(w); err != nil {
							t.Errorf("flush: %v", err)
						}
					}
					g.pass()
					webNote.Set(session.From(r), "end of stream")
				})), http2)
				resp, err := server.Client().Get(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				id := sentID(t, resp)
				events := bufio.NewScanner(resp.Body)
				for n := range 3 {
					if !events.Scan() || events.Text() != "data: "+strconv.Itoa(n) || !events.Scan() {
						t.Fatalf("event %d: %q, %v", n, events.Text(), events.Err())
					}
				}
				g.await(t) // so the handler has not ended
				if got := web.load(t, id, webUser); got != "alice" {
					t.Errorf("user %q is stored at the first event", got)
				}
				g.open()
				io.Copy(io.Discard, resp.Body)
				if got := web.load(t, id, webNote); got != "end of stream" {
					t.Errorf("note %q is stored after the stream", got)
				}
			})
		}
	}
}

// 103 Early Hints are not the header: what is changed after them counts, and
// the cookie comes with the response.
func TestEarlyHints(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2 %v", http2), func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			server := startServer(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Link", "</style.css>; rel=preload")
				w.WriteHeader(http.StatusEarlyHints)
				webUser.Set(session.From(r), "alice")
				io.WriteString(w, "ok")
			})), http2)
			var hints []textproto.MIMEHeader
			trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
				hints = append(hints, h)
				return nil
			}}
			req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if len(hints) != 1 || hints[0].Get("Link") == "" || hints[0].Get("Set-Cookie") != "" {
				t.Errorf("hints %v, want one with the link and without the cookie", hints)
			}
			if got := web.load(t, sentID(t, resp), webUser); got != "alice" {
				t.Errorf("user %q is stored", got)
			}
		})
	}
}

// Responses without a body, and with a trailer, carry the cookie as all others.
func TestResponsesWithoutBody(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method string
		write  func(http.ResponseWriter)
		status int
		body   string
	}{
		"HEAD":       {http.MethodHead, func(w http.ResponseWriter) { io.WriteString(w, "ok") }, 200, ""},
		"HEAD, 404":  {http.MethodHead, func(w http.ResponseWriter) { http.Error(w, "no", 404) }, 404, ""},
		"nothing":    {http.MethodGet, func(http.ResponseWriter) {}, 200, ""},
		"204":        {http.MethodGet, func(w http.ResponseWriter) { w.WriteHeader(204) }, 204, ""},
		"304":        {http.MethodGet, func(w http.ResponseWriter) { w.WriteHeader(304) }, 304, ""},
		"empty":      {http.MethodGet, func(w http.ResponseWriter) { w.Write(nil) }, 200, ""},
		"read empty": {http.MethodGet, func(w http.ResponseWriter) { io.Copy(w, strings.NewReader("")) }, 200, ""},
		"second WriteHeader": {http.MethodGet, func(w http.ResponseWriter) {
			w.WriteHeader(201)
			w.WriteHeader(500)
		}, 201, ""},
		"with length": {http.MethodGet, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "ok")
		}, 200, "ok"},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, http2 %v", name, http2), func(t *testing.T) {
				t.Parallel()
				web := newWeb(t, session.Options{})
				server := startServer(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					webUser.Set(session.From(r), "alice")
					tc.write(w)
				})), http2)
				req, err := http.NewRequest(tc.method, server.URL, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := server.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != tc.status || string(body) != tc.body {
					t.Errorf("status %d, body %q, %v", resp.StatusCode, body, err)
				}
				if got := web.load(t, sentID(t, resp), webUser); got != "alice" {
					t.Errorf("user %q is stored", got)
				}
			})
		}
	}
}

func TestTrailers(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		web := newWeb(t, session.Options{})
		server := startServer(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			webUser.Set(session.From(r), "alice")
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "body")
			w.Header().Set("X-Sum", "42")
			w.Header().Set(http.TrailerPrefix+"X-More", "43")
		})), http2)
		resp, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.Trailer.Get("X-Sum") != "42" || resp.Trailer.Get("X-More") != "43" || sentID(t, resp) == "" {
			t.Errorf("http2 %v: trailer %v, header %v", http2, resp.Trailer, resp.Header)
		}
	}
}

// Files go through ReadFrom, in one piece and by ranges.
func TestFiles(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, send := range map[string]func(http.ResponseWriter, *http.Request, *os.File){
		"io.Copy": func(w http.ResponseWriter, _ *http.Request, f *os.File) {
			if n, err := io.Copy(w, f); n != int64(len(content)) || err != nil {
				t.Errorf("io.Copy = %d, %v", n, err)
			}
		},
		"ServeContent": func(w http.ResponseWriter, r *http.Request, f *os.File) {
			http.ServeContent(w, r, "file", time.Time{}, f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				webUser.Set(session.From(r), "alice")
				f, err := os.Open(path)
				if err != nil {
					t.Error(err)
					return
				}
				defer f.Close()
				send(w, r, f)
			}))
			resp, err := server.Client().Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes, %v, want the file", len(got), err)
			}
			if got := web.load(t, sentID(t, resp), webUser); got != "alice" {
				t.Errorf("user %q is stored", got)
			}
		})
	}
}

// HTTP/2 can push, and the pushed request has its own session.
func TestPush(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	server := startServer(t, web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Go's client refuses pushes, and so the error is net/http's.
		if err := w.(http.Pusher).Push("/style.css", nil); err == nil || err != http.ErrNotSupported {
			t.Errorf("Push = %v, want net/http's ErrNotSupported", err)
		}
		webUser.Set(session.From(r), "alice")
	})), true)
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.TLS == nil || resp.TLS.Version < tls.VersionTLS12 || resp.ProtoMajor != 2 {
		t.Errorf("protocol %s", resp.Proto)
	}
	if c := resp.Cookies(); len(c) != 1 || !c[0].Secure {
		t.Errorf("cookies %v, want one that is Secure", c)
	}
}
