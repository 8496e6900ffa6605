package safestore_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/interop/node"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// patience is how long anything may take.
const patience = time.Minute

const secret = "a secret of both sides, for the tests"

// side is a server, Express's or ours, with the routes of testdata/app.js.
type side struct {
	t    testing.TB
	base string
}

// startExpress starts the application of testdata/app.js.
func startExpress(t testing.TB, redis *redistest.Server, env ...string) *side {
	t.Helper()
	env = append(env, "REDIS_URL="+redis.URL(0), "SESSION_SECRET="+secret)
	app := node.Start(t, "testdata/app.js", env...)
	return &side{t, "http://127.0.0.1:" + app.Ready}
}

var client = &http.Client{Timeout: 2 * patience}

// get sends a request with a session cookie, or "", and returns the cookie that
// is set, or the one that was sent. The answer has to be 200.
func (s *side) get(cookie, path string) string {
	s.t.Helper()
	_, set := s.ask(cookie, path, http.StatusOK)
	return set
}

// ask is get, with the statuses that are allowed, and returns the body, too.
func (s *side) ask(cookie, path string, allowed ...int) (body, set string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.t.Error(err)
		return "", cookie
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "connect.sid", Value: cookie})
	}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Error(err)
		return "", cookie
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || !slices.Contains(allowed, resp.StatusCode) {
		s.t.Errorf("%s: %s %v", path, resp.Status, err)
	}
	for _, c := range resp.Cookies() {
		cookie = c.Value
	}
	return string(data), cookie
}

// key returns the key of the session that a cookie names.
func key(t testing.TB, cookie string) string {
	t.Helper()
	value, err := url.QueryUnescape(cookie)
	id, signed := strings.CutPrefix(value, "s:")
	id, _, found := strings.Cut(id, ".")
	if err != nil || !signed || !found {
		t.Fatal("there is no cookie of a session")
	}
	return "sess:" + id
}

// record returns the members of the record, or nil if there is none.
func record(t testing.TB, redis *redistest.Server, cookie string) map[string]any {
	t.Helper()
	value := redis.Do("GET", key(t, cookie))
	if value == nil {
		return nil
	}
	var members map[string]any
	if err := json.Unmarshal(fmt.Append(nil, value), &members); err != nil {
		t.Fatal(err)
	}
	return members
}
