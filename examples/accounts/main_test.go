package main

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

func TestNameIsEscaped(t *testing.T) {
	t.Parallel()
	db, err := sqlite.OpenDB(filepath.Join(t.TempDir(), "accounts.db"), sqlite.DBOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	handler, err := newHandler(t.Context(), db, rand.Text())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	resp, err := browser.PostForm(server.URL+"/register", url.Values{"username": {"<script>"}, "password": {"correct horse"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if page := string(body); !strings.Contains(page, "Hello, &lt;script&gt;!") || strings.Contains(page, "<script>") {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
}
