package session_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestClientSideUsers(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { wantErr(t, "SetUser", s.SetUser(t.Context(), "alice"), nil) })
		b.do(func(s *session.Session) { want(t, "user", s.User(), "alice") })
		r := b.do(func(s *session.Session) {
			wantErr(t, "RevokeOthers", s.RevokeOthers(t.Context()), errors.ErrUnsupported)
		})
		want(t, "an ignored error", r.status, http.StatusInternalServerError)
		wantErr(t, "RevokeUser", b.m.RevokeUser(t.Context(), "alice"), errors.ErrUnsupported)
		wantErr(t, "RevokeSession", b.m.RevokeSession(t.Context(), "alice", "handle"), errors.ErrUnsupported)
		n := 0
		for u, err := range b.m.UserSessions(t.Context(), "alice") {
			n++
			wantErr(t, "UserSessions", err, errors.ErrUnsupported)
			want(t, "session", u.Session == nil, true)
		}
		want(t, "errors", n, 1)
	})
}

// Ensure that Regenerate leaves nothing behind: neither whose session it was, nor
// when it began, nor what Express kept under the name of Express's own member.
func TestClientSideRegenerate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newCarrier(t, session.Options{ClientSide: session.ClientSideSigned, AbsoluteTimeout: time.Hour})
		b.jar = signPair(t, `{"cookie":{"mine":1},"word":"of Express"}`)
		b.do(func(s *session.Session) {
			if err := s.SetUser(t.Context(), "ada"); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(30 * time.Minute)
		b.do(func(s *session.Session) {
			want(t, "user", s.User(), "ada")
			if err := s.Regenerate(t.Context()); err != nil {
				t.Error(err)
			}
			word.Set(s, "new")
		})
		b.do(func(s *session.Session) { want(t, "user after Regenerate", s.User(), "") })
		pair, err := cookie.NewPair("session", siteSecret)
		if err != nil {
			t.Fatal(err)
		}
		value, _ := pair.Find(b.jar)
		if data := cookie.DecodeDocument(value); strings.Contains(data, "mine") || strings.Contains(data, "ada") {
			t.Errorf("the browser still holds %s", data)
		}
		time.Sleep(59 * time.Minute)
		want(t, "within the absolute timeout of the new session", b.read(word), "new")
	})
}

func TestClientSideReloadAndDiscard(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) {
			wantErr(t, "Reload of nothing", s.Reload(t.Context()), session.ErrGone)
			s.Discard()
		})
		b = newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		r := b.do(func(s *session.Session) {
			word.Set(s, "dropped")
			s.Renew(t.Context())
			wantErr(t, "Reload", s.Reload(t.Context()), nil)
			want(t, "after Reload", word.Get(s), "kept")
		})
		want(t, "cookie", r.setCookie, "")
		b.do(func(s *session.Session) {
			word.Set(s, "saved")
			s.Save(t.Context())
			word.Set(s, "dropped")
			s.Reload(t.Context())
			want(t, "after Save and Reload", word.Get(s), "saved")
		})
		want(t, "saved", b.read(word), "saved")
		r = b.do(func(s *session.Session) { word.Set(s, "dropped"); s.Discard() })
		want(t, "cookie after Discard", r.setCookie, "")
	})
}

// Ensure that Load and Commit do the same without a middleware.
func TestClientSideLoadCommit(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b, h := newCarrier(t, o), http.Header{}
		s, err := b.m.Load(visit{}.request())
		wantErr(t, "Load", err, nil)
		word.Set(s, "kept")
		wantErr(t, "Commit", s.Commit(h), nil)
		b.take(reply{header: h})
		want(t, "session", b.read(word), "kept")
		word.Set(s, "late")
		wantErr(t, "second Commit", s.Commit(h), session.ErrHeaderSent)
	})
}

func TestClientSideRefuses(t *testing.T) {
	t.Parallel()
	id := func(*http.Request) (string, error) { return "id", nil }
	for name, o := range map[string]session.Options{
		"unknown":       {ClientSide: 3},
		"Store":         {ClientSide: session.ClientSideEncrypted, Store: memory.New(memory.Options{})},
		"StoreTimeout":  {ClientSide: session.ClientSideSigned, StoreTimeout: 1},
		"RenewAfter":    {ClientSide: session.ClientSideEncrypted, RenewAfter: 1},
		"weak secrets":  {ClientSide: session.ClientSideEncrypted, AllowWeakSecrets: true},
		"GenerateID":    {ClientSide: session.ClientSideSigned, GenerateID: id},
		"TouchAfter":    {ClientSide: session.ClientSideSigned, TouchAfter: 1},
		"no TouchAfter": {ClientSide: session.ClientSideSigned, TouchAfter: -1},
		"__Host-":       {ClientSide: session.ClientSideEncrypted, Name: "__Host-session"},
	} {
		o.Secrets = []string{siteSecret}
		if m, err := session.New(o); !errors.Is(err, session.ErrInvalidOptions) || m != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := session.New(session.Options{ClientSide: session.ClientSideEncrypted}); !errors.Is(err, session.ErrWeakSecret) {
		t.Errorf("no secret: %v", err)
	}
	if _, err := session.New(session.Options{ClientSide: session.ClientSideSigned, Secrets: []string{"key1"}, AllowWeakSecrets: true}); err != nil {
		t.Errorf("a key of an Express application: %v", err)
	}
	b := newCarrier(t, session.Options{ClientSide: session.ClientSideEncrypted, GenerateID: id})
	b.do(func(s *session.Session) { want(t, "id", s.ID(), "id") })
	failing := func(*http.Request) (string, error) { return "a b", nil }
	b = newCarrier(t, session.Options{ClientSide: session.ClientSideEncrypted, GenerateID: failing})
	r := b.do(func(s *session.Session) { word.Set(s, "x") })
	want(t, "with a bad id", r.status, http.StatusInternalServerError)
	wantErr(t, "with a bad id", b.err, store.ErrInvalidID)
}
