package session

import (
	"context"
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
var errNoIndex = fmt.Errorf("there is no store with an index of users: %w", errors.ErrUnsupported)

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

// user returns whom the record's session is bound to.
func (rec *record) user() string {
	if rec.reserved == nil {
		return ""
	}
	return rec.reserved.user
}
