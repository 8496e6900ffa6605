package cookies

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/sojourn-dev/sojourn/interop/node"
	"github.com/sojourn-dev/sojourn/session"
)

const views session.Key[int] = "views"

// goApp is app.js in Go.
func goApp(t *testing.T, keys ...string) string {
	t.Helper()
	sessions, err := session.New(session.Options{ClientSide: session.ClientSideSigned, Secrets: keys})
	if err != nil {
		t.Fatal(err)
	}
	show := func(w http.ResponseWriter, r *http.Request) {
		s, all := session.From(r), map[string]any{}
		for _, key := range s.Keys() {
			all[key] = session.Key[any](key).Get(s)
		}
		if err := json.NewEncoder(w).Encode(all); err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/show", show)
	mux.HandleFunc("/view", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		views.Set(s, views.Get(s)+1)
		show(w, r)
	})
	mux.HandleFunc("/logout", func(_ http.ResponseWriter, r *http.Request) {
		if err := session.From(r).Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(sessions.Handler(mux))
	t.Cleanup(server.Close)
	return server.URL
}

// TestSharedSession: an Express application with cookie-session and a Go program
// take turns on the session of one browser, replace the key, and log out.
func TestSharedSession(t *testing.T) {
	t.Parallel()
	const key, newer = "a key that both sides have", "the key that replaces it"
	express := "http://127.0.0.1:" + node.Start(t, "testdata/app.js", "KEYS="+key).Ready
	expressNewer := "http://127.0.0.1:" + node.Start(t, "testdata/app.js", "KEYS="+newer+","+key).Ready
	inGo, inGoNewer := goApp(t, key), goApp(t, newer, key)

	jar, err := cookiejar.New(nil) // cookies are for all ports of a host
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: patience}
	get := func(address string) map[string]any {
		t.Helper()
		resp, err := browser.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", address, resp.Status, err)
		}
		var s map[string]any
		if len(body) > 0 && json.Unmarshal(body, &s) != nil {
			t.Fatalf("%s: %s", address, body)
		}
		return s
	}
	n := 0.0
	for _, both := range [][2]string{{express, inGo}, {expressNewer, inGoNewer}} {
		for _, turn := range []int{0, 1, 1, 0, 0, 1} {
			n++
			if got := get(both[turn] + "/view"); got["views"] != n {
				t.Fatalf("view %v by %s: %v", n, both[turn], got)
			}
			for _, app := range both {
				if got := get(app + "/show"); got["views"] != n || len(got) != 1 {
					t.Fatalf("after %v views %s shows %v", n, app, got)
				}
			}
		}
	}
	for _, apps := range [][2]string{{expressNewer, inGoNewer}, {inGoNewer, expressNewer}} {
		get(apps[0] + "/view")
		get(apps[0] + "/logout")
		u, err := url.Parse(apps[0])
		if err != nil {
			t.Fatal(err)
		}
		if left := jar.Cookies(u); len(left) != 0 {
			t.Errorf("after the logout the browser has %v", left)
		}
		if got := get(apps[1] + "/show"); len(got) != 0 {
			t.Errorf("after the logout %s shows %v", apps[1], got)
		}
	}
}
