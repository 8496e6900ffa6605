package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// engines returns, by name, what makes the URL of an empty store of each engine
// that outlives the program.
func engines(t *testing.T) map[string]func() string {
	t.Helper()
	redis, dir := redistest.Start(t), t.TempDir()
	databases, files := 0, 0
	return map[string]func() string{
		"SQLite": func() string {
			files++
			return "sqlite:" + filepath.Join(dir, strings.Repeat("x", files)+".db")
		},
		"Redis": func() string {
			databases++
			return redis.URL(databases)
		},
		"PostgreSQL": func() string { return cluster.Database(t) },
		"MySQL":      func() string { return mariaDB.Database(t) },
		"MongoDB":    func() string { return mongotest.Start(t).URL() },
	}
}

// within returns a context that ends with the test, or when that takes too long.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// opened opens a store as the program does.
func opened(t *testing.T, url string) store.Store {
	t.Helper()
	at, err := parseLocation("--store", url)
	if err != nil {
		t.Fatal(err)
	}
	e, err := at.open(within(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.sessions
}

// begin begins a session in a store and returns its id. user may be empty.
func begin(t *testing.T, s store.Store, user, note string) (id string) {
	t.Helper()
	sessions := managed(t, s)
	const text session.Key[string] = "note"
	h := sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		text.Set(s, note)
		if user != "" {
			if err := s.SetUser(r.Context(), user); err != nil {
				t.Error(err)
			}
		}
		if err := s.Save(r.Context()); err != nil {
			t.Error(err)
		}
		id = s.ID()
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(within(t), http.MethodGet, "/", nil))
	return id
}

func managed(t *testing.T, s store.Store) *session.Manager {
	t.Helper()
	sessions, err := session.New(session.Options{
		Secrets: []string{newSecret()}, Store: s, StoreTimeout: 20 * time.Second, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

// Ensure that sessions can be taken from any engine to any other: byte for byte,
// listed as their users', and with what has ended a user's sessions.
func TestCopyBetweenAll(t *testing.T) {
	t.Parallel()
	all := engines(t)
	for source, from := range all {
		for destination, to := range all {
			fromURL, toURL := from(), to()
			t.Run(source+" to "+destination, func(t *testing.T) {
				t.Parallel()
				testCopy(t, fromURL, toURL)
			})
		}
	}
}

func testCopy(t *testing.T, fromURL, toURL string) {
	t.Helper()
	from := opened(t, fromURL)
	nobody, adas := begin(t, from, "", `é€😀 \ " <&>`), begin(t, from, "ada", "hers")
	ended := begin(t, from, "bob", "his")
	// A record that outlives its end, as one does that is written at that moment.
	want := time.Now().Add(time.Second).Truncate(time.Second)
	if err := from.(store.UserIndex).SetNotBefore(within(t), "bob", want, time.Time{}); err != nil {
		t.Fatal(err)
	}

	if got := operates(t, "copy", "--from", fromURL, "--to", toURL); !strings.HasPrefix(got, "3 looked at: 2 copied,") {
		t.Errorf("copy: %q", got)
	}

	to := opened(t, toURL)
	for _, id := range []string{nobody, adas} {
		want, err := from.Get(within(t), id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := to.Get(within(t), id)
		if err != nil || got.Data != want.Data || got.Expires.Sub(want.Expires).Abs() > time.Second {
			t.Errorf("copied %v %q until %v, want %q until %v", err, got.Data, got.Expires, want.Data, want.Expires)
		}
	}
	if _, err := to.Get(within(t), ended); err == nil {
		t.Error("a session that its user had ended was copied")
	}
	var listed []string
	for s, err := range managed(t, to).UserSessions(within(t), "ada") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, s.Handle)
	}
	if len(listed) != 1 {
		t.Errorf("the user has %d sessions, want 1", len(listed))
	}
	got, err := to.(store.UserIndex).NotBefore(within(t), "bob")
	if err != nil || !got.Equal(want) || got.IsZero() {
		t.Errorf("what ended the sessions of a user: %v, %v, want %v", got, err, want)
	}
}
