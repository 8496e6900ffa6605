package main

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

// Only the cookie of a login that is to be remembered has an end of its own.
func TestRemember(t *testing.T) {
	t.Parallel()
	sessions, err := session.New(session.Options{Secrets: []string{rand.Text()}})
	if err != nil {
		t.Fatal(err)
	}
	handler := (&app{password: "correct-horse"}).handler(sessions)
	post := func(path string, cookies []*http.Cookie, form url.Values) *http.Response {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result()
	}
	login := url.Values{"username": {"ada"}, "password": {"correct-horse"}}

	resp := post("/login", nil, login)
	cookies := resp.Cookies()
	if len(cookies) != 1 || !cookies[0].Expires.IsZero() {
		t.Fatalf("for the browser's life: %v", cookies)
	}
	login.Set("remember", "on")
	resp = post("/login", cookies, login)
	remembered := resp.Cookies()
	if len(remembered) != 1 || time.Until(remembered[0].Expires).Round(time.Hour) != rememberFor {
		t.Fatalf("for 30 days: %v", remembered)
	}
	login.Del("remember")
	if resp = post("/login", remembered, login); len(resp.Cookies()) != 1 || !resp.Cookies()[0].Expires.IsZero() {
		t.Errorf("for the browser's life again: %v", resp.Cookies())
	}
	login.Set("password", "guess")
	if resp = post("/login", nil, login); resp.StatusCode != http.StatusUnauthorized || len(resp.Cookies()) != 0 {
		t.Errorf("a wrong password: %d %v", resp.StatusCode, resp.Cookies())
	}
}
