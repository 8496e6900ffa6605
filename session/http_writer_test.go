package session_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// interfaces names the optional interfaces of a ResponseWriter.
func interfaces(w http.ResponseWriter) []string {
	var names []string
	note := func(name string, ok bool) {
		if ok {
			names = append(names, name)
		}
	}
	_, ok := w.(http.Flusher)
	note("Flusher", ok)
	_, ok = w.(http.Hijacker)
	note("Hijacker", ok)
	_, ok = w.(http.Pusher)
	note("Pusher", ok)
	_, ok = w.(io.ReaderFrom)
	note("ReaderFrom", ok)
	_, ok = w.(io.StringWriter)
	note("StringWriter", ok)
	return names
}

// Writers with fewer or other optional interfaces than net/http's.
type (
	plainResponse  struct{ http.ResponseWriter } // embeds the interface, so has none of the optional ones
	hijackResponse struct{ plainResponse }
	flushErrorOnly struct{ plainResponse }
	unwrapResponse struct {
		plainResponse
		inner http.ResponseWriter
	}
)

func (hijackResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, io.EOF }
func (flushErrorOnly) FlushError() error                            { return nil }
func (w unwrapResponse) Unwrap() http.ResponseWriter                { return w.inner }

// The handler's writer has the optional interfaces of the one below, no more
// and no less, for an application asks by type assertion what it can do.
func TestOptionalInterfaces(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	plain := plainResponse{recorder}
	for name, tc := range map[string]struct {
		below http.ResponseWriter
		want  string
	}{
		"recorder":               {recorder, "Flusher StringWriter"},
		"plain":                  {plain, "StringWriter"},
		"flush with error":       {flushErrorOnly{plain}, "Flusher StringWriter"},
		"hijack only":            {hijackResponse{plain}, "Hijacker StringWriter"},
		"unwraps to a recorder":  {unwrapResponse{plain, recorder}, "Flusher StringWriter"},
		"unwraps to hijack only": {unwrapResponse{plain, hijackResponse{plain}}, "Hijacker StringWriter"},
		"unwraps to plain":       {unwrapResponse{plain, plain}, "StringWriter"},
		"unwraps twice":          {unwrapResponse{plain, unwrapResponse{plain, recorder}}, "Flusher StringWriter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if got := strings.Join(interfaces(w), " "); got != tc.want {
					t.Errorf("interfaces %s, want %s", got, tc.want)
				}
			})).ServeHTTP(tc.below, request("/", ""))
		})
	}
}

// On a real server, what http.ResponseController can do and what the writer
// implements is what net/http's own offers.
func TestOptionalInterfacesOfServers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		http2 bool
		want  []string
	}{
		{"HTTP/1.1", false, []string{"Flusher", "Hijacker", "ReaderFrom", "StringWriter"}},
		{"HTTP/2.0", true, []string{"Flusher", "Pusher", "StringWriter"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{})
			server := startServer(t, http.HandlerFunc(func(below http.ResponseWriter, r *http.Request) {
				if got := interfaces(below); !slices.Equal(got, tc.want) {
					t.Errorf("net/http itself: interfaces %q, want %q", got, tc.want)
				}
				web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Proto != tc.name {
						t.Errorf("protocol %s", r.Proto)
					}
					if got := interfaces(w); !slices.Equal(got, tc.want) {
						t.Errorf("interfaces %q, want %q", got, tc.want)
					}
					control := http.NewResponseController(w)
					for call, err := range map[string]error{
						"SetReadDeadline":  control.SetReadDeadline(time.Now().Add(time.Hour)),
						"SetWriteDeadline": control.SetWriteDeadline(time.Now().Add(time.Hour)),
						"EnableFullDuplex": control.EnableFullDuplex(),
						"Flush":            control.Flush(),
					} {
						if err != nil {
							t.Errorf("%s: %v", call, err)
						}
					}
				})).ServeHTTP(below, r)
			}), tc.http2)
			newBrowser(t, server).get("/")
		})
	}
}

// A deadline for writing that is set through http.ResponseController works:
// the write fails once it is over.
func TestWriteDeadline(t *testing.T) {
	t.Parallel()
	web, failed := newWeb(t, session.Options{}), make(chan error, 1)
	server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if err := control.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Error(err)
		}
		w.Write([]byte("too late"))
		failed <- control.Flush()
	}))
	if resp, err := server.Client().Get(server.URL); err == nil {
		resp.Body.Close()
		t.Error("a response came after the deadline")
	}
	if err := await(t, failed, "the handler hangs"); err == nil {
		t.Error("Flush after the deadline: no error")
	}
}

// The handler's Unwrap leads to the writer below, the ErrorHandler's too.
func TestUnwrap(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	unwrapped := func(w http.ResponseWriter) bool {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		return ok && u.Unwrap() == recorder
	}
	web := newWeb(t, session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
		if !unwrapped(w) {
			t.Error("the ErrorHandler's writer does not unwrap to the one below")
		}
	}})
	web.store.fail("create", errDown)
	web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !unwrapped(w) {
			t.Error("the handler's writer does not unwrap to the one below")
		}
		webUser.Set(session.From(r), "alice")
	})).ServeHTTP(recorder, request("/", ""))
}

// Gin's Context.Stream asks its writer for CloseNotify without looking whether
// it has one.
func TestCloseNotify(t *testing.T) {
	t.Parallel()
	web := newWeb(t, session.Options{})
	began, told := make(chan struct{}), make(chan bool, 1)
	server := web.serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		defer close(told)
		w.(http.Flusher).Flush()
		notifier, ok := w.(interface{ CloseNotify() <-chan bool })
		close(began)
		if !ok {
			t.Error("the writer has no CloseNotify")
			return
		}
		select {
		case told <- <-notifier.CloseNotify():
		case <-time.After(time.Minute):
		}
	}))
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	<-began
	resp.Body.Close() // with something to come, this ends the connection
	if !<-told {
		t.Error("the handler does not learn that its client has left")
	}
}
