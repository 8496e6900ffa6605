package session_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// load returns the session of a request with the cookie, without a middleware.
func (s *site) load(pair string) *session.Session {
	s.t.Helper()
	loaded, err := s.m.Load(visit{cookie: pair}.request())
	if err != nil {
		s.t.Fatal(err)
	}
	return loaded
}

// commit commits a session into a header that has something in it.
func (s *site) commit(loaded *session.Session) (header string, calls string, err error) {
	s.t.Helper()
	h := http.Header{"Set-Cookie": {"a=b"}}
	s.store.calls()
	err = loaded.Commit(h)
	return strings.Join(h["Set-Cookie"], "\n"), s.store.calls(), err
}

func TestCommitByHand(t *testing.T) {
	t.Parallel()
	s := newSite(t, plain(session.Options{}))

	fresh := s.load("")
	want(t, "new", fresh.IsNew(), true)
	header, calls, err := s.commit(fresh)
	if header != "a=b" || calls != "" || err != nil {
		t.Errorf("nothing in it: %q, %q, %v", header, calls, err)
	}
	count(fresh) // too late
	if _, calls, err = s.commit(fresh); calls != "" || !errors.Is(err, session.ErrHeaderSent) {
		t.Errorf("a new session after Commit: %q, %v", calls, err)
	}

	fresh = s.load("")
	count(fresh)
	header, calls, err = s.commit(fresh)
	pair, _, _ := strings.Cut(strings.TrimPrefix(header, "a=b\n"), ";")
	if idOf(pair) != fresh.ID() || calls != "create" || err != nil {
		t.Fatalf("stored: %q, %q, %v", header, calls, err)
	}
	count(fresh)
	header, calls, err = s.commit(fresh)
	if header != "a=b" || calls != "save" || err != nil {
		t.Errorf("changed after Commit: %q, %q, %v", header, calls, err)
	}
	want(t, "views", s.views(pair), 2)

	known := s.load(pair)
	want(t, "views", visits.Get(known), 2)
	if err := known.Destroy(t.Context()); err != nil {
		t.Fatal(err)
	}
	header, calls, err = s.commit(known)
	if !strings.HasPrefix(header, "a=b\nconnect.sid=; ") || calls != "" || err != nil {
		t.Errorf("after Destroy: %q, %q, %v", header, calls, err)
	}
}

// A Commit that fails leaves the header as it was.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	s := newSite(t, session.Options{Cookie: session.Cookie{Secure: session.SecureAlways}})
	loaded := s.load("")
	count(loaded)
	header, calls, err := s.commit(loaded)
	if header != "a=b" || calls != "" || !errors.Is(err, session.ErrInsecure) {
		t.Errorf("over HTTP: %q, %q, %v", header, calls, err)
	}
	loaded = s.load("")
	anything.Set(loaded, func() {})
	header, calls, err = s.commit(loaded)
	if header != "a=b" || calls != "" || !errors.Is(err, session.ErrUnencodable) {
		t.Errorf("unencodable: %q, %q, %v", header, calls, err)
	}
}
