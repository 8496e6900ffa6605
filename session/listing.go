package session

import (
	"context"
	"errors"
	"time"
)

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
	every := m.touchAfter(m.lifetime(&rec.settings.Cookie))
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
	slack := m.touchAfter(m.lifetime(&rec.settings.Cookie)) // see listingDue
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
