package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// Manager gives requests their sessions. It is made by [New] and safe for
// concurrent use. It owns no goroutine and needs no closing; a store that was
// passed in is closed by whoever opened it.
type Manager struct {
	o       Options
	store   store.Store     // nil with Options.ClientSide
	format  format          // nil without
	none    *record         // of a session that has none
	users   store.UserIndex // nil if the store has none
	renamer store.Renamer   // the store, if it is one
	pieces  pieces.Store    // the store, if it is a *memory.Store
	signer  *cookie.Signer
	sealer  *sealer
	known   *verifiedCookies // nil with Options.ClientSide
	turns   turns
	stats   stats
	handles handles

	lastCookie atomic.Pointer[storedCookie] // that was read
	madeCookie atomic.Pointer[madeCookie]
}

// New returns a manager with the given options. The error wraps
// [ErrWeakSecret] or [ErrInvalidOptions] and says which option is wrong.
func New(o Options) (*Manager, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	format, err := o.newFormat()
	if err != nil {
		return nil, err
	}
	if o.Store == nil && format == nil {
		o.Store = memory.New(memory.Options{})
	}
	signer, err := cookie.NewSigner(o.Secrets...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeakSecret, err)
	}
	sealer, err := newSealer(o.Secrets)
	if err != nil {
		return nil, err
	}
	if o.AllowWeakSecrets {
		o.Logger.Warn("session: weak secrets are allowed; anyone who knows one can make up sessions")
	}
	handles, err := newHandles(o.Secrets)
	if err != nil {
		return nil, err
	}
	m := &Manager{o: o, store: o.Store, signer: signer, sealer: sealer, handles: handles, format: format, none: noRecord}
	if format == nil {
		m.known = newVerifiedCookies()
	} else {
		m.none = noClientRecord
	}
	m.users, _ = o.Store.(store.UserIndex)
	m.renamer, _ = o.Store.(store.Renamer)
	// Not what embeds one: it may have a Get and a Save of its own.
	if s, ok := o.Store.(*memory.Store); ok {
		m.pieces = s
	}
	return m, nil
}

// Handler returns next with sessions: what [From] finds in next's requests. A
// request that has passed through this manager already, or whose path is
// outside of the cookie's, goes to next as it is.
//
// The session is stored before the first byte of the header leaves. If that
// fails, ErrorHandler answers in place of next: headers that were there before
// stay, next's go.
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		settings := &m.o.Cookie
		if m.o.CookieFunc != nil {
			c := m.o.CookieFunc(r).withDefaults()
			settings = &c
		}
		if !inPath(r, settings.Path) || r.Context().Value(m) != nil {
			next.ServeHTTP(w, r)
			return
		}
		x := newExchange(m, settings, w, r)
		x.serve(next)
	})
}

// Load returns the session of r without a middleware, for frameworks whose
// handlers are not net/http's. It loads at once; the error is that of the
// session's Err, and the session is never nil. The caller passes the
// response's header to [Session.Commit] before it is sent, and answers with an
// error itself when that fails.
func (m *Manager) Load(r *http.Request) (*Session, error) {
	settings := &m.o.Cookie
	if m.o.CookieFunc != nil {
		c := m.o.CookieFunc(r).withDefaults()
		settings = &c
	}
	s := newSession(m, settings, r)
	s.load()
	return s, s.Err()
}

// From returns the session that this manager gave the request, loading it if
// it has not been. Like the function [From], but for requests with sessions of
// several managers.
func (m *Manager) From(r *http.Request) *Session {
	x, ok := r.Context().Value(m).(*exchange)
	if !ok {
		panic("session: the request did not pass through this Manager's Handler, or its path is outside of the cookie's")
	}
	return x.session()
}

// From returns the session of the request, loading it if it has not been: one
// store call, at most once a request. If that fails, the session reads as
// empty, its Err says why, and the response becomes the ErrorHandler's.
//
// With several managers in a chain it is the session of the innermost. From
// panics when the request did not pass through a Manager's Handler; see
// [FromContext].
func From(r *http.Request) *Session {
	s, ok := FromContext(r.Context())
	if !ok {
		panic("session: the request did not pass through a Manager's Handler, or its path is outside of the cookie's")
	}
	return s
}

// FromContext is [From] for a request's context, and reports whether there is
// a session instead of panicking when there is none.
func FromContext(ctx context.Context) (*Session, bool) {
	x, ok := ctx.Value(innermost{}).(*exchange)
	if !ok {
		return nil, false
	}
	return x.session(), true
}

// Stats are counters since the manager was made.
type Stats struct {
	// Conflicts counts saves that had to be repeated on a newer record.
	Conflicts uint64
	// Gone counts sessions that were no longer there when they were to be
	// stored or touched.
	Gone uint64
	// FailedTouches counts touches that the store refused; the responses
	// went out all the same.
	FailedTouches uint64
}

type stats struct {
	conflicts, gone, failedTouches atomic.Uint64
}

// Stats returns the counters of this manager.
func (m *Manager) Stats() Stats {
	return Stats{
		Conflicts:     m.stats.conflicts.Load(),
		Gone:          m.stats.gone.Load(),
		FailedTouches: m.stats.failedTouches.Load(),
	}
}

// newID returns the id for a new session of r.
func (m *Manager) newID(r *http.Request) (string, error) {
	if m.format != nil && !m.format.named() {
		return "", nil
	}
	if m.o.GenerateID == nil {
		return randomID(), nil
	}
	id, err := m.o.GenerateID(r)
	if err != nil {
		return "", fmt.Errorf("generating a session id: %w", err)
	}
	if err := store.CheckID(id); err != nil {
		return "", fmt.Errorf("generating a session id: %w", err)
	}
	return id, nil
}

// randomID returns 192 random bits as 32 characters, the form of Express's.
func randomID() string {
	var random [24]byte
	rand.Read(random[:]) // never fails
	var text [32]byte
	base64.RawURLEncoding.Encode(text[:], random[:])
	return string(text[:])
}

// lifetime returns how long a session with these settings lives unused.
func (m *Manager) lifetime(c *Cookie) time.Duration {
	if c.MaxAge != 0 {
		return c.MaxAge
	}
	return m.o.IdleTimeout
}

// touchAfter returns how long a session of that lifetime is left untouched.
func (m *Manager) touchAfter(lifetime time.Duration) time.Duration {
	switch after := m.o.TouchAfter; {
	case after < 0:
		return 0
	case after == 0 && m.format != nil: // which costs the whole cookie
		return lifetime / 20
	case after == 0:
		return min(lifetime/20, maxTouchAfter)
	default:
		return min(after, lifetime/2)
	}
}
