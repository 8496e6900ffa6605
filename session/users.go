package session

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// UserSession is a live session as [Manager.UserSessions] lists it.
type UserSession struct {
	// Handle names the session to [Manager.RevokeSession]. It may stand in a
	// page; it is no way into the session.
	Handle string
	// Created is when the session began.
	Created time.Time
	// Expires is when it ends if it is not used again.
	Expires time.Time
	// Session is for reading its values. It changes nothing, and its ID is
	// the one under which the store keeps it.
	Session *Session
}

// UserSessions lists the sessions that are alive and bound to a user, in no
// particular order. Session.SetUser and each later use of a session list it;
// what is listed is looked at before it is yielded, so that no session appears
// that has ended or was revoked. After an error, which comes with a zero
// UserSession, the sequence ends; it wraps errors.ErrUnsupported when the store
// has no store.UserIndex. Each step is bounded by Options.StoreTimeout, the
// whole by ctx. It may be called by any number of goroutines.
func (m *Manager) UserSessions(ctx context.Context, user string) iter.Seq2[UserSession, error] {
	return func(yield func(UserSession, error) bool) {
		for rec, err := range m.userRecords(ctx, user) {
			if err != nil {
				yield(UserSession{}, fmt.Errorf("listing the sessions of a user: %w", err))
				return
			}
			u := UserSession{
				Handle: m.handles.of(rec.id), Created: rec.reserved.createdAt(), Expires: rec.expires, Session: m.sealed(rec),
			}
			if !yield(u, nil) {
				return
			}
		}
	}
}

// sealed returns a session to be read only.
func (m *Manager) sealed(rec *record) *Session {
	s := newSession(m, &m.o.Cookie, nil)
	s.adopt(rec)
	s.sealed = true
	s.loaded.Store(true)
	return s
}

// errNoIndex is what functions answer that need a store.UserIndex.
var errNoIndex = fmt.Errorf("the store has no index of users: %w", errors.ErrUnsupported)

// userRecords yields the records of a user's live sessions, under the ids by
// which they are kept. Hints that turn out to be wrong are taken back.
func (m *Manager) userRecords(ctx context.Context, user string) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		if m.users == nil {
			yield(nil, errNoIndex)
			return
		}
		notBefore, err := within(ctx, m.o.StoreTimeout, func(ctx context.Context) (time.Time, error) {
			return m.users.NotBefore(ctx, user)
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for id, err := range m.users.UserSessions(ctx, user) {
			var rec *record
			if err == nil {
				rec, err = m.userRecord(ctx, user, id)
			}
			switch {
			case err != nil:
				yield(nil, err)
				return
			case rec == nil || rec.reserved.notBefore.Before(notBefore):
			case !yield(rec, nil):
				return
			}
		}
	}
}

// userRecord returns the record that is kept under id, or nil if it is no live
// session of the user's.
func (m *Manager) userRecord(ctx context.Context, user, id string) (*record, error) {
	back := m.back()
	r, err := within(ctx, m.o.StoreTimeout, func(ctx context.Context) (store.Record, error) {
		return back.store.Get(ctx, id)
	})
	switch {
	case errors.Is(err, store.ErrDecrypt): // one bad record hides no good one
		m.o.Logger.WarnContext(ctx, "session: a listed session cannot be read", "err", err)
		return nil, nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	rec := new(record)
	if err != nil || m.parse(rec, id, r) != nil || rec.user() != user || rec.forwards() || m.outlived(rec.reserved) {
		back.unlist(ctx, user, id)
		return nil, nil
	}
	return rec, nil
}

// within calls f with a context that ends after d at the latest.
func within[T any](ctx context.Context, d time.Duration, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return f(ctx)
}

// RevokeSession ends the session of a user that has the given handle, as
// Session.Destroy does, but calls no hook. The error wraps store.ErrNotFound
// when the user has no such session, be it that it has ended by itself or that
// a login has given it another id, and errors.ErrUnsupported when the store has
// no store.UserIndex.
func (m *Manager) RevokeSession(ctx context.Context, user, handle string) error {
	for rec, err := range m.userRecords(ctx, user) {
		if err != nil {
			return fmt.Errorf("revoking a session: %w", err)
		}
		if !m.handles.match(handle, rec.id) {
			continue
		}
		d := newDeadline(ctx, m.o.StoreTimeout)
		defer d.release()
		if err := m.back().destroy(d, rec.id, rec.version); err != nil {
			return fmt.Errorf("revoking a session: %w", err)
		}
		m.back().unlist(d, user, rec.id)
		return nil
	}
	return fmt.Errorf("revoking a session: %w", store.ErrNotFound)
}

// RevokeUser ends all sessions that are bound to a user, with one write to the
// store: whatever they are storing or renewing right now, and whether or not
// they are listed, they are dead when RevokeUser returns. Sessions that are
// bound later are not concerned. The records of those that are listed are then
// removed, as far as that is possible within Options.StoreTimeout; no hook is
// called for them.
//
// The error wraps errors.ErrUnsupported when the store has no store.UserIndex.
func (m *Manager) RevokeUser(ctx context.Context, user string) error {
	d := newDeadline(ctx, m.o.StoreTimeout)
	defer d.release()
	for rounds := 1; ; rounds++ {
		next, err := m.revokeNow(d, user)
		switch {
		case err == nil:
			m.removeRevoked(ctx, user, next)
			return nil
		case !errors.Is(err, store.ErrConflict):
			return fmt.Errorf("revoking the sessions of a user: %w", err)
		}
		if err := backOff(d, rounds); err != nil {
			return fmt.Errorf("revoking the sessions of a user: %w", err)
		}
	}
}

func (m *Manager) revokeNow(ctx context.Context, user string) (next time.Time, err error) {
	if m.users == nil {
		return time.Time{}, errNoIndex
	}
	base, err := m.users.NotBefore(ctx, user)
	if err != nil {
		return time.Time{}, err
	}
	return m.revoke(ctx, user, base)
}

// revoke replaces the user's instant by a later one, provided that it is still
// base. It is no matter whether clocks are right: all that counts is that the
// instants of a user go up.
func (m *Manager) revoke(ctx context.Context, user string, base time.Time) (next time.Time, err error) {
	if m.users == nil {
		return time.Time{}, errNoIndex
	}
	next = time.Now().Truncate(time.Millisecond)
	if !next.After(base) {
		next = base.Add(time.Millisecond)
	}
	return next, m.users.SetNotBefore(ctx, user, next, base)
}

// removeRevoked removes the records of the sessions that were ended by setting
// the user's instant. They are dead without that; it is for the store's sake,
// and for other programs that read it.
func (m *Manager) removeRevoked(ctx context.Context, user string, notBefore time.Time) {
	d := newDeadline(ctx, m.o.StoreTimeout)
	defer d.release()
	back := m.back()
	for id, err := range m.users.UserSessions(d, user) {
		var rec *record
		if err == nil {
			rec, err = m.userRecord(d, user, id)
		}
		if err == nil && rec != nil && rec.reserved.notBefore.Before(notBefore) {
			if err = back.destroy(d, id, rec.version); err == nil {
				back.unlist(d, user, id)
			}
		}
		if err != nil {
			m.o.Logger.WarnContext(d, "session: records of revoked sessions are left to expire", "err", err)
			return
		}
	}
}

// notBefore returns the instant of a user, zero if the store keeps none.
func (m *Manager) notBefore(ctx context.Context, user string) (time.Time, error) {
	if m.users == nil {
		return time.Time{}, nil
	}
	t, err := m.users.NotBefore(ctx, user)
	if errors.Is(err, errors.ErrUnsupported) {
		return time.Time{}, nil
	}
	return t, err
}

// checkRevoked returns store.ErrNotFound if a session with that member was
// revoked. The record is left to whoever has revoked it: it may be about to
// replace it.
func (m *Manager) checkRevoked(ctx context.Context, r *reserved) error {
	if r == nil || r.user == "" {
		return nil
	}
	notBefore, err := m.notBefore(ctx, r.user)
	if err != nil {
		return fmt.Errorf("finding out whether the session was revoked: %w", err)
	}
	if r.notBefore.Before(notBefore) {
		return store.ErrNotFound
	}
	return nil
}

// user returns whom the record's session is bound to.
func (rec *record) user() string {
	if rec.reserved == nil {
		return ""
	}
	return rec.reserved.user
}

// relist brings the list of a user's sessions in line after a session was
// stored in place of another record, which may be none.
func (m *Manager) relist(ctx context.Context, before, after *record) {
	if before.user() != "" && (before.id != after.id || before.user() != after.user()) {
		m.unlist(ctx, before)
	}
	switch {
	case after.user() == "":
	case before.id != after.id || before.user() != after.user() || m.listingDue(before.expires, after):
		m.list(ctx, after, after.expires)
	}
}

// listingDue reports whether a session that is listed until about then is to be
// listed again: not with every save, but each time that a touch would be due. A
// session that has reached its absolute timeout does not show how long ago that
// was.
func (m *Manager) listingDue(listed time.Time, rec *record) bool {
	every := m.touchAfter(m.lifetime(rec.settings))
	if every < time.Second {
		return true
	}
	if limit := m.o.AbsoluteTimeout; limit > 0 && !rec.expires.Before(rec.reserved.createdAt().Add(limit)) {
		return true
	}
	return !listed.Truncate(every).Equal(rec.expires.Truncate(every))
}

// list notes that the session is its user's until it expires. If that fails,
// the next use tries again; revocation does not depend on it.
func (m *Manager) list(ctx context.Context, rec *record, expires time.Time) {
	if m.users == nil || rec.user() == "" {
		return
	}
	slack := m.touchAfter(m.lifetime(rec.settings)) // see listingDue
	err := m.users.AddUserSession(ctx, rec.user(), rec.id, expires.Add(slack))
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		m.o.Logger.WarnContext(ctx, "session: it is missing in the list of its user's sessions", "err", err)
	}
}

// unlist takes a session that has ended out of the list of its user's.
func (m *Manager) unlist(ctx context.Context, rec *record) {
	if rec.user() != "" {
		m.front().unlist(ctx, rec.user(), rec.id)
	}
}

// unlist takes a session off a user's list. If that fails, the hint stays wrong
// until it expires.
func (v view) unlist(ctx context.Context, user, id string) {
	if v.users == nil {
		return
	}
	err := v.users.RemoveUserSession(ctx, user, id)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		v.m.o.Logger.WarnContext(ctx, "session: one that has ended stays in the list of its user's sessions", "err", err)
	}
}

// handles make names of sessions that may be shown.
type handles struct{ keys [][]byte }

func newHandles(secrets []string) (handles, error) {
	var h handles
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn: session handle", sha256.Size)
		if err != nil {
			return handles{}, fmt.Errorf("deriving a key: %w", err)
		}
		h.keys = append(h.keys, key)
	}
	return h, nil
}

// of returns the handle of the session that is kept under an id.
func (h handles) of(id string) string { return handle(h.keys[0], id) }

// match reports whether a handle, which may have been made by a process whose
// secrets are in another order, is that of the session kept under id.
func (h handles) match(shown, id string) bool {
	for _, key := range h.keys {
		if hmac.Equal([]byte(shown), []byte(handle(key, id))) {
			return true
		}
	}
	return false
}

func handle(key []byte, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
