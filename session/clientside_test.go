package session_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

const (
	word  session.Key[string] = "word"
	other session.Key[string] = "other"
	tally session.Key[int]    = "tally"
)

// Ensure that a session goes to the browser and comes back, and that only what
// changes is sent.
func TestClientSide(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		want(t, "cookie of an untouched session", b.do(func(s *session.Session) { word.Get(s) }).setCookie, "")
		r := b.do(func(s *session.Session) {
			want(t, "new", s.IsNew(), true)
			word.Set(s, "<é\u2028>")
			tally.Set(s, 41)
		})
		want(t, "Cache-Control", r.header.Get("Cache-Control"), "private")
		want(t, "Vary", r.header.Get("Vary"), "Cookie")
		for range 2 {
			r = b.do(func(s *session.Session) {
				want(t, "new", s.IsNew(), false)
				want(t, "keys", strings.Join(s.Keys(), ","), "word,tally")
				want(t, "word", word.Get(s), "<é\u2028>")
				word.Set(s, word.Get(s))
			})
			want(t, "cookie of an unchanged session", r.setCookie, "")
		}
		b.do(func(s *session.Session) {
			n, err := tally.Update(s, func(n int) int { return n + 1 })
			want(t, "count", n, 42)
			wantErr(t, "Update", err, nil)
			word.Delete(s)
		})
		b.do(func(s *session.Session) {
			want(t, "count", tally.Get(s), 42)
			want(t, "keys", strings.Join(s.Keys(), ","), "tally")
			s.Clear()
		})
		b.do(func(s *session.Session) { want(t, "emptied", s.IsNew() || len(s.Keys()) > 0, false) })
	})
}

// Ensure that what is encrypted cannot be read, and what is signed is just what
// cookie-session writes.
func TestClientSideCookies(t *testing.T) {
	t.Parallel()
	set := func(s *session.Session) { tally.Set(s, 1) }
	r := newCarrier(t, session.Options{ClientSide: session.ClientSideEncrypted}).do(set)
	want(t, "encrypted", r.attributes(), "Path=/; HttpOnly; SameSite=Lax")
	if name, value, _ := strings.Cut(r.cookie(), "="); name != "session" || strings.Contains(cookie.DecodeDocument(value), "tally") {
		t.Error(r.cookie())
	}
	r = newCarrier(t, session.Options{ClientSide: session.ClientSideSigned, Secrets: []string{"the first key of a test"}}).do(set)
	// keygrip 1.1.0 of "session=eyJ0YWxseSI6MX0=".
	want(t, "signed", r.setCookie, "session=eyJ0YWxseSI6MX0=; path=/; samesite=lax; httponly\n"+
		"session.sig=yZwWdMfb-tki6hPAYX5xCFgOExk; path=/; samesite=lax; httponly")
}

func TestClientSideIDs(t *testing.T) {
	t.Parallel()
	var hooks []string
	note := func(what string) func(context.Context, session.Event) {
		return func(_ context.Context, e session.Event) { hooks = append(hooks, what+" "+e.OldID+">"+e.ID) }
	}
	b := newCarrier(t, session.Options{ClientSide: session.ClientSideEncrypted, Hooks: session.Hooks{
		Created: note("created"), Renewed: note("renewed"), Destroyed: note("destroyed"), Gone: note("gone"), Conflict: note("conflict"),
	}})
	var first, second, third string
	b.do(func(s *session.Session) { first = s.ID(); word.Set(s, "kept") })
	b.do(func(s *session.Session) {
		want(t, "id", s.ID(), first)
		wantErr(t, "Renew", s.Renew(t.Context()), nil)
		second = s.ID()
	})
	b.do(func(s *session.Session) {
		want(t, "id after Renew", s.ID(), second)
		want(t, "handle", s.Handle() != "", true)
		want(t, "data after Renew", word.Get(s), "kept")
		wantErr(t, "Regenerate", s.Regenerate(t.Context()), nil)
		want(t, "new after Regenerate", s.IsNew(), true)
		third = s.ID()
	})
	b.do(func(s *session.Session) {
		want(t, "id after Regenerate", s.ID(), third)
		want(t, "data after Regenerate", word.Get(s), "")
		wantErr(t, "Destroy", s.Destroy(t.Context()), nil)
	})
	want(t, "cookies after Destroy", len(b.jar), 0)
	if len(first) != 32 || first == second || second == third {
		t.Errorf("ids %q, %q, %q", first, second, third)
	}
	want(t, "hooks", strings.Join(hooks, "; "),
		"created >"+first+"; renewed "+first+">"+second+"; renewed "+second+">"+third+"; destroyed >"+third)

	b = newCarrier(t, session.Options{ClientSide: session.ClientSideSigned})
	b.do(func(s *session.Session) { word.Set(s, "kept") })
	b.do(func(s *session.Session) {
		want(t, "id and handle of cookie-session", s.ID()+s.Handle(), "")
		wantErr(t, "Renew", s.Renew(t.Context()), nil)
	})
	want(t, "data after Renew", b.read(word), "kept")
}

func TestClientSideDestroy(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		o.Cookie = session.Cookie{Domain: "example.com", Path: "/"}
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "secret") })
		copied := b.with()
		r := b.do(func(s *session.Session) {
			wantErr(t, "Destroy", s.Destroy(t.Context()), nil)
			want(t, "after Destroy", word.Get(s), "")
		})
		if lower := strings.ToLower(r.setCookie); !strings.Contains(lower, "domain=example.com") || len(b.jar) != 0 {
			t.Errorf("cleared by %q, left are %q", r.setCookie, b.jar)
		}
		// The documented limit: nothing is taken back from who has a copy.
		want(t, "a copy after Destroy", copied.read(word), "secret")

		r = b.do(func(s *session.Session) { wantErr(t, "Destroy without a session", s.Destroy(t.Context()), nil) })
		want(t, "cookie", r.setCookie, "")
		b.do(func(s *session.Session) {
			word.Set(s, "old")
			wantErr(t, "Save", s.Save(t.Context()), nil)
			s.Destroy(t.Context())
		})
		want(t, "cookies of a session that never left", len(b.jar), 0)
		b.do(func(s *session.Session) { word.Set(s, "old") })
		b.do(func(s *session.Session) {
			s.Destroy(t.Context())
			other.Set(s, "see you")
		})
		want(t, "a message after the logout", b.read(other)+b.read(word), "see you")
	})
}

// Ensure that what cannot be read is no session, and that nothing is answered to it.
func TestClientSideMadeUp(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "mine") })
		good := b.jar
		bad := map[string][]string{
			"made up":        {"session=made-up", "session.sig=made-up"},
			"empty":          {"session=", "session.sig="},
			"without a part": good[:len(good)-1],
		}
		for i := range good {
			changed := strings.Split(strings.Join(good, "\n"), "\n")
			changed[i] = changed[i][:len(changed[i])-2] + "x" + changed[i][len(changed[i])-1:]
			if changed[i] != good[i] {
				bad["changed "+string(rune('0'+i))] = changed
			}
		}
		for name, jar := range bad {
			b.jar = jar
			r := b.do(func(s *session.Session) {
				want(t, name+": new", s.IsNew(), true)
				want(t, name+": word", word.Get(s), "")
			})
			want(t, name, r.setCookie, "")
		}
		o.Secrets = []string{"another secret of the tests"}
		b.serve(o)
		b.jar = good
		want(t, "with another secret", b.read(word), "")
		o.Secrets = []string{siteSecret}
		b.serve(o)
		want(t, "with the secret", b.read(word), "mine")
		o.Name = "another"
		b.serve(o)
		b.jar = strings.Split(strings.ReplaceAll(strings.Join(good, "\n"), "session", "another"), "\n")
		want(t, "under another name", b.read(word), "")
	})
}

// Ensure that a secret can be replaced, and that a session is made anew with the
// first by whatever uses it.
func TestClientSideRotation(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		o.Secrets = []string{"a newer secret of the tests", siteSecret}
		b.serve(o)
		r := b.do(func(s *session.Session) { want(t, "word", word.Get(s), "kept") })
		want(t, "cookie is sent", r.setCookie != "", true)
		want(t, "and only once", b.do(func(s *session.Session) { word.Get(s) }).setCookie, "")
		o.Secrets = o.Secrets[:1]
		b.serve(o)
		want(t, "without the old secret", b.read(word), "kept")
	})
}

// Ensure that no cookie is sent that a browser would drop: not even a part of it.
func TestClientSideTooLarge(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		b := newCarrier(t, o)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		for name, handle := range map[string]http.HandlerFunc{
			"at the end": func(w http.ResponseWriter, r *http.Request) {
				other.Set(session.From(r), strings.Repeat("x", 4000))
				w.Write([]byte("all is well"))
			},
			"by Save": func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				other.Set(s, strings.Repeat("x", 4000))
				wantErr(t, "Save", s.Save(r.Context()), cookie.ErrTooLarge)
				wantErr(t, "Err", s.Err(), cookie.ErrTooLarge)
			},
		} {
			b.err = nil
			r := b.visit(visit{handle: handle})
			want(t, name+": status", r.status, http.StatusInternalServerError)
			want(t, name+": cookie", r.setCookie, "")
			wantErr(t, name, b.err, cookie.ErrTooLarge)
			want(t, name+": session", b.read(word)+b.read(other), "kept")
		}
		r := b.do(func(s *session.Session) {
			other.Set(s, strings.Repeat("x", 4000))
			s.Save(t.Context())
			other.Set(s, "short")
			wantErr(t, "Save", s.Save(t.Context()), nil)
		})
		want(t, "status", r.status, http.StatusOK)
		want(t, "made good", b.read(other), "short")
		b.do(func(s *session.Session) { other.Set(s, strings.Repeat("x", 2800)) })
		want(t, "2,800 bytes", len(b.read(other)), 2800)
	})
	// And without an ErrorHandler of one's own.
	m, err := session.New(session.Options{ClientSide: session.ClientSideEncrypted, Secrets: []string{siteSecret}})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, m: m, store: &listener{}}
	r := s.visit(visit{do: func(s *session.Session) { word.Set(s, strings.Repeat("x", 4000)) }})
	want(t, "status", r.status, http.StatusInternalServerError)
	want(t, "Retry-After", r.header.Get("Retry-After"), "")
}

// Ensure that after the header everything that would be lost says so.
func TestClientSideAfterHeader(t *testing.T) {
	t.Parallel()
	onClientSites(t, func(t *testing.T, o session.Options) {
		for name, call := range map[string]func(*session.Session) error{
			"Save":       func(s *session.Session) error { return s.Save(t.Context()) },
			"Renew":      func(s *session.Session) error { return s.Renew(t.Context()) },
			"Regenerate": func(s *session.Session) error { return s.Regenerate(t.Context()) },
			"Destroy":    func(s *session.Session) error { return s.Destroy(t.Context()) },
			"SetUser":    func(s *session.Session) error { return s.SetUser(t.Context(), "u") },
			"Set":        func(s *session.Session) error { word.Set(s, "late"); return s.Err() },
			"Clear":      func(s *session.Session) error { s.Clear(); return s.Err() },
			"SetCookie": func(s *session.Session) error {
				s.SetCookie(session.Cookie{Priority: cookie.PriorityHigh})
				return s.Err()
			},
			"Update": func(s *session.Session) error {
				_, err := word.Update(s, func(string) string { return "late" })
				return err
			},
		} {
			b := newCarrier(t, o)
			b.do(func(s *session.Session) { word.Set(s, "kept") })
			r := b.visit(visit{handle: func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				w.WriteHeader(http.StatusOK)
				wantErr(t, name, call(s), session.ErrHeaderSent)
			}})
			want(t, name+": answer", r.status, http.StatusOK)
			want(t, name+": cookie", r.setCookie, "")
			want(t, name+": session", b.read(word), "kept")
			// Renew and Regenerate have changed nothing, so nothing is lost.
			want(t, name+": log", strings.Contains(b.log.String(), "level=ERROR"), !strings.HasPrefix(name, "Re"))
		}
		b := newCarrier(t, o)
		b.visit(visit{handle: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			s := session.From(r)
			word.Set(s, "late")
			wantErr(t, "a new session", s.Err(), session.ErrHeaderSent)
			wantErr(t, "its Save", s.Save(r.Context()), session.ErrHeaderSent)
		}})
		want(t, "cookies", len(b.jar), 0)
		b.do(func(s *session.Session) { word.Set(s, "kept") })
		b.visit(visit{handle: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			s := session.From(r)
			s.Touch()
			word.Set(s, word.Get(s))
			wantErr(t, "what changes nothing", s.Err(), nil)
		}})
	})
}

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
