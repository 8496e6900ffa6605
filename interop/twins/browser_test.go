package twins_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// patience is how long anything may take whose duration is not what is tested.
const patience = 2 * time.Minute

type ctx = context.Context

// browser has one jar of cookies for both sides, as a browser has for two
// applications behind one host name.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 10}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, &http.Client{Jar: jar, Transport: transport, Timeout: patience}}
}

// with returns another browser that has one cookie of sessions.
func (b *browser) with(cookie string) *browser {
	b.t.Helper()
	other := newBrowser(b.t)
	other.client.Jar.SetCookies(host, []*http.Cookie{{Name: cookieName, Value: cookie, Path: "/"}})
	return other
}

// cookie returns the value of the cookie, and "" if there is none.
func (b *browser) cookie() string {
	for _, c := range b.client.Jar.Cookies(host) {
		if c.Name == cookieName {
			return c.Value
		}
	}
	return ""
}

// id returns the id of the session in the cookie.
func (b *browser) id() string {
	value, err := url.QueryUnescape(b.cookie())
	if err != nil {
		b.t.Fatal(err)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(value, "s:"), ".")
	return id
}

const cookieName = "connect.sid"

var host = &url.URL{Scheme: "http", Host: "127.0.0.1"}

// step is something that a request does with its session: see the verbs in
// testdata/express.js.
type step []any

func get(key string) step             { return step{"get", key} }
func set(key string, value any) step  { return step{"set", key, value} }
func add(key string, n int) step      { return step{"add", key, n} }
func del(key string) step             { return step{"delete", key} }
func hold(name string) step           { return step{"hold", name} }
func maxAge(age time.Duration) step   { return step{"maxAge", age.Milliseconds()} }
func verb(name string) step           { return step{name} }
func raw(jsonText string) (v any)     { return json.RawMessage(jsonText) }
func exactly(key, value string) check { return check{key, value} }

// answer is what both sides answer.
type answer struct {
	ID  string    `json:"id"`
	Out []*string `json:"out,omitempty"`

	setCookie string
}

// out returns what a step has said, as JSON, and "undefined" if nothing.
func (a answer) out(i int) string {
	if i >= len(a.Out) || a.Out[i] == nil {
		return "undefined"
	}
	return *a.Out[i]
}

// do sends a request with the steps, which must succeed.
func (b *browser) do(s side, steps ...step) answer {
	b.t.Helper()
	return b.post(s, "/steps", steps)
}

func (b *browser) post(s side, path string, body any) answer {
	b.t.Helper()
	a, err := b.try(s, path, body)
	if err != nil {
		b.t.Fatalf("%v%s: %v", s, path, err)
	}
	return a
}

// start sends a request that is going to be held in its handler. The function that
// it returns waits for the answer.
func (b *browser) start(s side, steps ...step) (wait func() (answer, error)) {
	type result struct {
		answer
		error
	}
	results := make(chan result, 1)
	go func() {
		a, err := b.try(s, "/steps", steps)
		results <- result{a, err}
	}()
	return func() (answer, error) {
		r := <-results
		return r.answer, r.error
	}
}

func (b *browser) try(s side, path string, body any) (a answer, err error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", s.url()+path, &text)
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := b.client.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	if resp.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%s: %.500s", resp.Status, content)
	}
	a.setCookie = resp.Header.Get("Set-Cookie")
	return a, json.Unmarshal(content, &a)
}

// check is a key and what is expected of it.
type check struct{ key, value string }

// sees fails the test unless the side finds these values.
func (b *browser) sees(s side, checks ...check) {
	b.t.Helper()
	var steps []step
	for _, c := range checks {
		steps = append(steps, get(c.key))
	}
	a := b.do(s, steps...)
	for i, c := range checks {
		if got := a.out(i); got != c.value {
			b.t.Errorf("%v sees %s for %q, not %s", s, got, c.key, c.value)
		}
	}
}
