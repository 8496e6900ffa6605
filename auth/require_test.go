package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestLocalURL(t *testing.T) {
	t.Parallel()
	for target, local := range map[string]bool{
		"/":                          true,
		"/dashboard":                 true,
		"/a/b?c=d&e=%2F%2Ff#g":       true,
		"/a?next=https://x.example/": true,
		"/straße":                    true,
		"/a//b":                      true,
		"/%09/x.example":             true,

		"":                               false,
		"dashboard":                      false,
		"?a=b":                           false,
		"//x.example":                    false,
		"///x.example":                   false,
		"/\\x.example":                   false,
		"\\/x.example":                   false,
		"/a\\b":                          false,
		"/\t/x.example":                  false,
		"/\n/x.example":                  false,
		"\t//x.example":                  false,
		" //x.example":                   false,
		"/a\r\nSet-Cookie: b=c":          false,
		"/a b":                           false,
		"/a\x00":                         false,
		"/a\x7f":                         false,
		"/a\u0085":                       false,
		"/a\xff":                         false,
		"https://x.example/":             false,
		"https:x.example":                false,
		"javascript:alert(1)":            false,
		"/%zz":                           false,
		"/" + strings.Repeat("a", 1<<12): false,
	} {
		want := target
		if !local {
			want = "/fallback"
		}
		if got := auth.LocalURL(target, "/fallback"); got != want {
			t.Errorf("%+q: %+q", target, got)
		}
	}
}

// Ensure that what is local leads to the site that it is resolved against.
func FuzzLocalURL(f *testing.F) {
	f.Add("/dashboard?a=b")
	f.Add("//x.example")
	f.Add("/\\x.example")
	f.Fuzz(func(t *testing.T, target string) {
		if auth.LocalURL(target, "") == "" {
			return
		}
		base := &url.URL{Scheme: "https", Host: "site.example", Path: "/login"}
		u, err := base.Parse(target)
		if err != nil || u.Scheme != "https" || u.Host != "site.example" {
			t.Errorf("%+q leads to %v (%v)", target, u, err)
		}
		if strings.ContainsAny(target, "\\\t\r\n\x00") {
			t.Errorf("%+q is local", target)
		}
	})
}

func TestRequireUser(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	b := s.browser(t)
	for _, test := range []struct{ method, path, want string }{
		{http.MethodGet, "/private/", "/login?next=%2Fprivate%2F"},
		{http.MethodHead, "/private/a?b=c&d=%26", "/login?next=%2Fprivate%2Fa%3Fb%3Dc%26d%3D%2526"},
		{http.MethodPost, "/private/", "/login"},
		{http.MethodGet, "/private/a\\b", "/login?next=%2Fprivate%2Fa%255Cb"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, s.URL+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := b.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != test.want {
			t.Errorf("%s %s: %s to %q", test.method, test.path, resp.Status, got)
		}
		if got := resp.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s %s: Cache-Control %q", test.method, test.path, got)
		}
	}
	b.enter("/register", "Ada")
	resp := b.do(http.MethodGet, "/private/", nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Name") != "Ada" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("logged in: %s, %v", resp.Status, resp.Header)
	}
}

// Ensure that "/" is left out of next, and that what a proxy let through as
// the target of a request is not believed.
func TestRequireUserTarget(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	s.mux.HandleFunc("GET /target", func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI = r.Header.Get("Target")
		s.auth.RequireUser(http.NotFoundHandler()).ServeHTTP(w, r)
	})
	for target, want := range map[string]string{
		"/": "/login", "//x.example": "/login", "http://x.example/a": "/login", "/a": "/login?next=%2Fa",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/target", nil)
		r.Header.Set("Target", target)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("%q: %q", target, got)
		}
	}
}

// Ensure that nobody gets in, and nobody is sent to the login, while the
// store is down.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	sessions := memory.New(memory.Options{})
	s := newSite(t, users, sessions)
	b := s.browser(t)
	b.enter("/register", "Ada")
	down := newSite(t, users, failing{sessions})
	visitor := down.browser(t)
	visitor.setCookie(b.cookie())
	for method, path := range map[string]string{http.MethodGet: "/private/", http.MethodPost: "/login"} {
		resp := visitor.do(method, path, url.Values{"username": {"Ada"}, "password": {password}})
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Name") != "" {
			t.Errorf("%s %s: %s", method, path, resp.Status)
		}
	}
}
