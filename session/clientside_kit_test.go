package session_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
)

// clientSites are the formats of sessions in the client.
var clientSites = map[string]session.ClientSide{
	"encrypted": session.ClientSideEncrypted, "signed": session.ClientSideSigned,
}

// onClientSites runs a test for each format.
func onClientSites(t *testing.T, test func(*testing.T, session.Options)) {
	for name, side := range clientSites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, session.Options{ClientSide: side})
		})
	}
}

// carrier is a browser of a site with sessions in the client.
type carrier struct {
	t   testing.TB
	m   *session.Manager
	log *syncBuffer
	jar []string // pairs, by age
	err error    // that ErrorHandler was given last
}

func newCarrier(t testing.TB, o session.Options) *carrier {
	t.Helper()
	b := &carrier{t: t, log: &syncBuffer{}}
	b.serve(o)
	return b
}

// serve has the browser talk to a server with other options.
func (b *carrier) serve(o session.Options) {
	b.t.Helper()
	if o.Secrets == nil {
		o.Secrets = []string{siteSecret}
	}
	o.Logger = slog.New(slog.NewTextHandler(b.log, nil))
	handler := o.ErrorHandler
	o.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		b.err = err
		if handler != nil {
			handler(w, r, err)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	}
	var err error
	if b.m, err = session.New(o); err != nil {
		b.t.Fatal(err)
	}
}

// with returns a browser with a copy of the cookies.
func (b *carrier) with() *carrier {
	return &carrier{t: b.t, m: b.m, log: b.log, jar: slices.Clone(b.jar)}
}

// visit makes a request and keeps the cookies of the response.
func (b *carrier) visit(v visit) reply {
	b.t.Helper()
	r := b.ask(v)
	b.take(r)
	return r
}

// ask makes a request.
func (b *carrier) ask(v visit) reply {
	b.t.Helper()
	v.cookie = strings.Join(b.jar, "; ")
	handle := v.handle
	if handle == nil {
		handle = func(w http.ResponseWriter, r *http.Request) { v.do(session.From(r)) }
	}
	w := httptest.NewRecorder()
	b.m.Handler(handle).ServeHTTP(w, v.request())
	return reply{status: w.Code, header: w.Header(), setCookie: strings.Join(w.Header()["Set-Cookie"], "\n")}
}

// take keeps the cookies of a response.
func (b *carrier) take(r reply) {
	b.t.Helper()
	for _, line := range r.header["Set-Cookie"] {
		if len(line) > 4096 {
			b.t.Errorf("a cookie of %d bytes was sent", len(line))
		}
		pair, attributes, _ := strings.Cut(line, ";")
		name, _, _ := strings.Cut(pair, "=")
		b.jar = slices.DeleteFunc(b.jar, func(old string) bool { return strings.HasPrefix(old, name+"=") })
		if !strings.Contains(strings.ToLower(attributes), "expires=thu, 01 jan 1970") {
			b.jar = append(b.jar, pair)
		}
	}
}

// do makes a request whose handler answers 200.
func (b *carrier) do(do func(*session.Session)) reply {
	b.t.Helper()
	return b.visit(visit{do: do})
}

// read returns a value as the next request finds it.
func (b *carrier) read(key session.Key[string]) (value string) {
	b.t.Helper()
	b.ask(visit{do: func(s *session.Session) { value = key.Get(s) }})
	return value
}

// wantErr compares an error.
func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// signPair returns the cookies of a session as cookie-session makes them.
func signPair(t testing.TB, data string) []string {
	t.Helper()
	pair, err := cookie.NewPair("session", siteSecret)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pair.Lines(cookie.EncodeDocument(data), cookie.Cookie{})
	if err != nil {
		t.Fatal(err)
	}
	return []string{strings.Split(lines[0], ";")[0], strings.Split(lines[1], ";")[0]}
}
