package auth_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
)

// visitor is a browser without a network, for tests in which time is not the
// real one. It keeps every cookie.
type visitor struct {
	t       testing.TB
	site    *site
	addr    string
	header  http.Header
	tls     *tls.ConnectionState
	cookies map[string]string
	setLast []*http.Cookie // by the last response
}

func (s *site) visitor(t testing.TB) *visitor {
	return &visitor{t: t, site: s, addr: "192.0.2.1", header: http.Header{}, cookies: map[string]string{}}
}

// from has the visitor come from an address.
func (v *visitor) from(addr string) *visitor {
	v.addr = addr
	return v
}

func (v *visitor) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(v.t.Context(), method, path, strings.NewReader(body))
	r.Header = v.header.Clone()
	r.TLS = v.tls
	r.RemoteAddr = v.addr + ":1234"
	if strings.Contains(v.addr, ":") {
		r.RemoteAddr = "[" + v.addr + "]:1234"
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.site.handler.ServeHTTP(w, r)
	v.setLast = w.Result().Cookies()
	for _, c := range v.setLast {
		v.cookies[c.Name] = c.Value
	}
	return w
}

func (v *visitor) post(path string, pairs ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return v.send(http.MethodPost, path, values.Encode())
}

// register registers somebody.
func (v *visitor) register(name string) *visitor {
	v.t.Helper()
	if w := v.post("/register", "username", name, "password", password); w.Code != http.StatusOK {
		v.t.Fatalf("registering: %d", w.Code)
	}
	return v
}

// login returns the status of a login, and what Retry-After says.
func (v *visitor) login(name, pass string) (status int, after string) {
	w := v.post("/login", "username", name, "password", pass)
	return w.Code, w.Header().Get("Retry-After")
}

// guess makes wrong guesses at a password and returns how many were looked at.
func (v *visitor) guess(name string, n int) (looked int) {
	v.t.Helper()
	for range n {
		switch status, _ := v.login(name, "wrong password"); status {
		case http.StatusUnauthorized:
			looked++
		case http.StatusTooManyRequests:
		default:
			v.t.Fatalf("a wrong password: %d", status)
		}
	}
	return looked
}

// logsIn reports whether the right password is accepted.
func (v *visitor) logsIn(name string) bool {
	v.t.Helper()
	switch status, _ := v.login(name, password); status {
	case http.StatusOK:
		return true
	case http.StatusTooManyRequests:
	default:
		v.t.Errorf("a right password: %d", status)
	}
	return false
}

// name returns who is logged in.
func (v *visitor) name() string {
	return v.send(http.MethodGet, "/private/", "").Header().Get("Name")
}

// change changes the password.
func (v *visitor) change(current, replacement string) (status int) {
	return v.post("/password", "current", current, "replacement", replacement).Code
}

// sessions returns what a page would list.
func (v *visitor) sessions() (sessions []auth.Session) {
	v.t.Helper()
	w := v.send(http.MethodGet, "/sessions", "")
	if err := json.Unmarshal(w.Body.Bytes(), &sessions); w.Code != http.StatusOK || err != nil {
		v.t.Fatalf("listing sessions: %d, %v", w.Code, err)
	}
	return sessions
}
