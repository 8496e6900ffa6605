package main

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Over plain HTTP there is no session, and no page that looks as if there were
// one.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	handler, err := newHandler(rand.Text())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	req, err := http.NewRequest(http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-Proto", "https") // as anybody can
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusInternalServerError || len(resp.Cookies()) != 0 {
		t.Errorf("status %d, cookies %v", resp.StatusCode, resp.Cookies())
	}
}
