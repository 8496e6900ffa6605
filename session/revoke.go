package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

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
		if err := m.back().destroy(d, rec.id, rec.base()); err != nil {
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
			if err = back.destroy(d, id, rec.base()); err == nil {
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
