package main

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keyFile writes keys, one a line, and returns the file's name.
func keyFile(t *testing.T, keys ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(strings.Join(keys, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sessionID returns the id in a browser's session cookie.
func (b *browser) sessionID(p *process) string {
	b.t.Helper()
	u, err := url.Parse(p.base)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == "connect.sid" {
			id, _, _ := strings.Cut(strings.TrimPrefix(c.Value, "s%3A"), ".")
			return id
		}
	}
	b.t.Fatal("there is no session cookie")
	return ""
}

// dump returns all that the files of a folder hold.
func dump(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// Ensure that who has copied the data folder while the program runs has no
// session, unless that is how it was asked for.
func TestAtRest(t *testing.T) {
	t.Parallel()
	key := keyFile(t, newSecret())
	for _, test := range []struct {
		name      string
		args      []string
		id, plain bool // are in the dump
	}{
		{"as it is", nil, true, true},
		{"hashed ids", []string{"--hash-ids"}, false, true},
		{"encrypted", []string{"--encrypt-key", key}, true, false},
		{"both", []string{"--hash-ids", "--encrypt-key", key}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			args := append([]string{"--data", data}, test.args...)
			p := start(t, nil, args...)
			b := newBrowser(t)
			b.enter(p, "/register", "Ada")
			copied := dump(t, data)
			if got := bytes.Contains(copied, []byte(b.sessionID(p))); got != test.id {
				t.Errorf("the id is in the database: %t", got)
			}
			// The names of a session's members are in none that is encrypted.
			if got := bytes.Contains(copied, []byte("originalMaxAge")); got != test.plain {
				t.Errorf("the session is in the database: %t", got)
			}
			p.stop(terminate)
			if p = start(t, nil, args...); !b.greeted(p, "Ada") {
				t.Error("the restart logged out")
			}
			if status := b.post(p, "/sessions/end-others"); status != http.StatusSeeOther || !b.greeted(p, "Ada") {
				t.Errorf("ending other sessions: %d", status)
			}
		})
	}
}

// Ensure that keys are replaced without a logout, that a lost one is noticed,
// and that encryption can be turned on.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	data, old, young := t.TempDir(), newSecret(), newSecret()
	b := newBrowser(t)
	p := start(t, nil, "--data", data)
	b.enter(p, "/register", "Ada")
	for _, step := range []struct {
		name   string
		args   []string
		status int
	}{
		{"plain sessions, not accepted", []string{"--encrypt-key", keyFile(t, old)}, http.StatusServiceUnavailable},
		{"plain sessions, accepted", []string{"--encrypt-key", keyFile(t, old), "--accept-plain"}, http.StatusOK},
		{"old key", []string{"--encrypt-key", keyFile(t, old)}, http.StatusOK},
		{"new key behind", []string{"--encrypt-key", keyFile(t, old, young)}, http.StatusOK},
		{"new key in front", []string{"--encrypt-key", keyFile(t, young, old)}, http.StatusOK},
		{"new key", []string{"--encrypt-key", keyFile(t, young)}, http.StatusOK},
		{"old key again", []string{"--encrypt-key", keyFile(t, old)}, http.StatusServiceUnavailable},
		{"no key", nil, http.StatusSeeOther},
	} {
		p.stop(terminate)
		p = start(t, nil, append([]string{"--data", data}, step.args...)...)
		if status, body := b.get(p, "/"); status != step.status {
			t.Fatalf("%s: %d %s", step.name, status, body)
		}
		if step.status == http.StatusOK { // saves the session
			b.enter(p, "/login", "Ada")
		}
	}
}
