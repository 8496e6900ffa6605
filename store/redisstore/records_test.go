package redisstore_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// express is what connect-redis 9.0.0 stores for a session.
const express = `{"cookie":{"originalMaxAge":60000,"expires":"2020-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},"user":{"n":"é€😀","id":7},"arr":[1,null]}`

// Ensure that records are those of connect-redis, in both directions: it sends SET
// with EX, GET, EXPIRE and DEL.
func TestRecordsOfExpress(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{})

	server.Do("SET", "sess:its", express, "EX", "60")
	r, err := s.Get(t.Context(), "its")
	if left := time.Until(r.Expires); err != nil || r.Data != express || left < 58*time.Second || left > 61*time.Second {
		t.Errorf("%q for %v, %v", r.Data, left, err)
	}
	changed := strings.Replace(express, "7", "8", 1)
	if _, err := s.Save(t.Context(), "its", changed, time.Now().Add(30*time.Second), r.Version); err != nil {
		t.Error(err)
	}
	if got := server.Do("GET", "sess:its"); got != changed {
		t.Errorf("it reads %q", got)
	}
	if err := s.Touch(t.Context(), "its", time.Now().Add(50*time.Second)); err != nil {
		t.Error(err)
	}
	if left := server.Do("TTL", "sess:its").(int64); left < 48 || left > 50 {
		t.Errorf("it has %d seconds left", left)
	}
	// Its touch is no conflict, its save is.
	r, err = s.Get(t.Context(), "its")
	if err != nil {
		t.Fatal(err)
	}
	server.Do("EXPIRE", "sess:its", "100")
	v, err := s.Save(t.Context(), "its", express, hourFromNow(), r.Version)
	if err != nil {
		t.Errorf("save over a touch: %v", err)
	}
	server.Do("SET", "sess:its", changed, "EX", "60")
	if _, err := s.Save(t.Context(), "its", express, hourFromNow(), v); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save over a save: %v", err)
	}
	server.Do("DEL", "sess:its")
	if _, err := s.Save(t.Context(), "its", express, hourFromNow(), v); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("save over a logout: %v", err)
	}

	// One without expiry, as with disableTTL, is not given one by a touch.
	server.Do("SET", "sess:its", express)
	if r, err := s.Get(t.Context(), "its"); err != nil || r.Expires.Year() != 9999 {
		t.Errorf("without expiry: %v, %v", r.Expires, err)
	}
	if err := s.Touch(t.Context(), "its", hourFromNow()); err != nil || server.Do("TTL", "sess:its").(int64) != -1 {
		t.Errorf("touch without expiry: %v", err)
	}
	// An empty one is none, as for Express.
	server.Do("SET", "sess:its", "")
	if _, err := s.Get(t.Context(), "its"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("empty: %v", err)
	}

	// Ours.
	if _, err := s.Create(t.Context(), "ours", express, time.Now().Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if server.Do("GET", "sess:ours") != express || server.Do("TTL", "sess:ours").(int64) < 58 {
		t.Error("what we create is not what it reads")
	}
}

// Ensure that whoever looks for sess:* sees sessions and nothing else of ours,
// whatever the prefix; that what is noted of a user goes with the last session; and
// that instants stay.
func TestKeys(t *testing.T) {
	t.Parallel()
	d := &databases{Server: redistest.Start(t)}
	for prefix, index := range map[string]string{"": "users:sess:", "app-": "users:app-", "u": "index:u", "users:": "index:users:", "i": "users:i", "*": "users:*"} {
		s := open(t, d.url(), redisstore.Options{Prefix: prefix})
		if prefix == "" {
			prefix = redisstore.DefaultPrefix
		}
		d.Do("SELECT", fmt.Sprint(d.next.Load()))
		created(t, s, "id")
		for i, expires := range []time.Duration{time.Minute, time.Hour, 10 * time.Second} {
			if err := s.AddUserSession(t.Context(), "ada", fmt.Sprint("id", i), time.Now().Add(expires)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.SetNotBefore(t.Context(), "ada", time.UnixMilli(1_700_000_000_123), time.Time{}); err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{prefix + "id": true, index + "sessions:ada": true, index + "not-before:ada": true}
		got := map[string]bool{}
		for _, key := range d.Do("KEYS", "*").([]any) {
			got[key.(string)] = true
		}
		if !maps.Equal(got, want) {
			t.Errorf("prefix %q: %v, want %v", prefix, got, want)
		}
		for key := range got {
			if key != prefix+"id" && strings.HasPrefix(key, prefix) {
				t.Errorf("prefix %q: %s begins with it", prefix, key)
			}
		}
		if left := d.Do("PTTL", index+"sessions:ada").(int64); left < 3_590_000 || left > 3_600_000 {
			t.Errorf("what is noted goes in %d ms", left)
		}
		if d.Do("TTL", index+"not-before:ada").(int64) != -1 || d.Do("GET", index+"not-before:ada") != "1700000000123" {
			t.Error("the instant is not what was set, or goes")
		}
		if err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := d.Do("KEYS", "*").([]any); len(left) != 1 || left[0] != index+"not-before:ada" {
			t.Errorf("prefix %q: Clear leaves %v", prefix, left)
		}
	}
}

// Ensure that what is noted of a user is pruned in passing.
func TestNotesArePruned(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(0), redisstore.Options{})
	for i := range 250 {
		server.Do("ZADD", "users:sess:sessions:ada", "1", fmt.Sprint("old", i))
	}
	for i, want := range []int64{151, 52, 3, 4} {
		if err := s.AddUserSession(t.Context(), "ada", fmt.Sprint("id", i), hourFromNow()); err != nil {
			t.Fatal(err)
		}
		if got := server.Do("ZCARD", "users:sess:sessions:ada").(int64); got != want {
			t.Errorf("%d are noted, want %d", got, want)
		}
	}
}
