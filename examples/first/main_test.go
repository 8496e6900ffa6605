package main

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// Visits at the same time, of one browser, are all counted.
func TestNoVisitIsLost(t *testing.T) {
	t.Parallel()
	sessions, err := session.New(session.Options{Secrets: []string{rand.Text()}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newHandler(sessions))
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	visit := func() string {
		resp, err := browser.Get(server.URL)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		return string(body)
	}
	visit()
	const crowd = 20
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() { visit() })
	}
	all.Wait()
	if got := visit(); got != "Hello, stranger! Visit 22.\n" {
		t.Errorf("after 21 visits: %q", got)
	}
}
