package main

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// process is the program as one process of several: with connections of its
// own, and the secret of all.
func process(t *testing.T, url, secret string) *httptest.Server {
	t.Helper()
	store, err := mongostore.Open(t.Context(), url, mongostore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // the server may be gone
	sessions, err := session.New(session.Options{
		Secrets:      []string{secret},
		Store:        store,
		StoreTimeout: time.Minute, // the machine may be slow
		Logger:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newHandler(sessions))
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, browser *http.Client, url string) (int, string) {
	resp, err := browser.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(body)
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil) // which takes no notice of ports
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// Visits of one browser to two processes at the same time are all counted.
func TestProcessesShareASession(t *testing.T) {
	t.Parallel()
	url, secret := mongotest.Start(t).URL(), rand.Text()
	a, b := process(t, url, secret), process(t, url, secret)
	browser := newBrowser(t)
	get(t, browser, a.URL)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { get(t, browser, a.URL) })
		all.Go(func() { get(t, browser, b.URL) })
	}
	all.Wait()
	if status, body := get(t, browser, b.URL); status != http.StatusOK || body != "Hello, stranger! Visit 12.\n" {
		t.Errorf("after 11 visits: %d %q", status, body)
	}
}

// Nobody is taken for a stranger while the store is down.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	program := process(t, server.URL(), rand.Text())
	browser := newBrowser(t)
	get(t, browser, program.URL)
	server.Stop()
	if status, body := get(t, browser, program.URL); status != http.StatusServiceUnavailable {
		t.Errorf("%d %q", status, body)
	}
}
