package redisstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// wantRefused checks that an operation fails with what the server says, which
// begins with a certain word, and without id or data.
func wantRefused(t *testing.T, what string, err error, code string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "the server says "+code) {
		t.Errorf("%s: %v, want what the server says of %s", what, err, code)
		return
	}
	for _, contract := range []error{store.ErrNotFound, store.ErrConflict, store.ErrExists} {
		if errors.Is(err, contract) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: %v", what, err)
	}
}

// Ensure that a full server which evicts nothing fails what stores more, that it
// still reads, touches and ends sessions, and stores again when there is room.
func TestFullServer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxmemory-policy", "noeviction")
	s := open(t, server.URL(0), redisstore.Options{})
	base := created(t, s, "secret-1")
	other := created(t, s, "secret-2")
	server.Do("CONFIG", "SET", "maxmemory", "1mb")

	_, err := s.Create(t.Context(), "secret-3", `{"secret":1}`, hourFromNow())
	wantRefused(t, "create", err, "OOM")
	_, err = s.Save(t.Context(), "secret-1", `{"secret":1}`, hourFromNow(), base)
	wantRefused(t, "save", err, "OOM")
	wantRefused(t, "note", s.AddUserSession(t.Context(), "secret", "secret-1", hourFromNow()), "OOM")
	wantRefused(t, "set not before", s.SetNotBefore(t.Context(), "secret", hourFromNow(), time.Time{}), "OOM")

	if r, err := s.Get(t.Context(), "secret-1"); err != nil || r.Version != base {
		t.Errorf("get: %v", err)
	}
	if err := s.Touch(t.Context(), "secret-1", hourFromNow().Add(time.Hour)); err != nil {
		t.Errorf("touch: %v", err)
	}
	if err := s.Delete(t.Context(), "secret-1", base); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := s.Delete(t.Context(), "secret-2", ""); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := s.Save(t.Context(), "secret-2", `{}`, hourFromNow(), other); !errors.Is(err, store.ErrNotFound) && err == nil {
		t.Errorf("save of what is gone: %v", err)
	}
	server.Do("CONFIG", "SET", "maxmemory", "0")
	created(t, s, "secret-1")
}

// Ensure that a server which has become a replica is read and not written, until
// it is the primary again.
func TestReadOnlyReplica(t *testing.T) {
	t.Parallel()
	primary, server := redistest.Start(t), redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{})
	base := created(t, s, "secret-1")
	server.Do("REPLICAOF", "127.0.0.1", primary.Addr()[len("127.0.0.1:"):])
	_, err := s.Create(t.Context(), "secret-2", `{"secret":1}`, hourFromNow())
	wantRefused(t, "create", err, "READONLY")
	wantRefused(t, "set not before", s.SetNotBefore(t.Context(), "secret", hourFromNow(), time.Time{}), "READONLY")
	wantRefused(t, "delete", s.Delete(t.Context(), "secret-1", ""), "READONLY")
	server.Do("REPLICAOF", "NO", "ONE")
	if err := s.Delete(t.Context(), "secret-1", base); err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	created(t, s, "secret-2")
}

// Ensure that scripts which the server has forgotten are given to it again, under
// way of a walk too.
func TestScriptsFlushed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{})
	base := created(t, s, "id")
	for _, name := range []string{"get", "save", "touch", "note", "noted", "instant", "count", "delete"} {
		server.Do("SCRIPT", "FLUSH")
		if err := operations(base)[name](t.Context(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range 200 {
		created(t, s, "id"+strings.Repeat("x", i%100)+string(rune('a'+i/100)))
	}
	server.Do("SCRIPT", "FLUSH")
	n := 0
	for _, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 200 {
		t.Errorf("All yields %d records, want 200", n)
	}
}

// Ensure that errors do not repeat what the server repeats of a command that it
// does not know.
func TestErrorsAreDiscreet(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--rename-command", "EVALSHA", "", "--rename-command", "SET", "")
	s := open(t, server.URL(0), redisstore.Options{})
	_, err := s.Get(t.Context(), "secret")
	wantRefused(t, "get", err, "unknown command")
	_, err = s.Create(t.Context(), "secret", `{"secret":1}`, hourFromNow())
	wantRefused(t, "create", err, "unknown command")

	server = redistest.Start(t)
	s = open(t, server.URL(0), redisstore.Options{})
	server.Do("LPUSH", "sess:secret", "secret")
	_, err = s.Get(t.Context(), "secret")
	wantRefused(t, "get", err, "WRONGTYPE")
}
