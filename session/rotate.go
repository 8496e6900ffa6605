package session

import (
	"context"
	"errors"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// rotationDue reports whether it is time for Options.RenewAfter, and this
// response can bring the new id. The caller holds mu.
func (s *Session) rotationDue(status int) bool {
	if s.m.o.RenewAfter == 0 || s.headerSent || !carriesRenewal(s.r, status) {
		return false
	}
	now := time.Now()
	age := s.rec.reserved.namedAt()
	c, _ := s.effectiveSettings(now, renew)
	return !age.IsZero() && !now.Before(age.Add(s.m.o.RenewAfter)) && s.acceptable(&c) == nil
}

// rotate gives the session a new id without losing the requests that are in
// flight with the old one: in place of the old record comes one that leads to
// the new. It reports whether that was done. If not, the session stays where it
// is, and is yet to be stored: whatever was in the way (a write, a logout, a
// store that is down) is dealt with there, and another request renews.
func (s *Session) rotate(ctx context.Context) bool {
	m := s.m
	var a attempt
	a.begin(s, rotating)
	if err := a.catchUp(); err != nil {
		return false
	}
	id, err := m.newID(s.r)
	if err != nil {
		m.o.Logger.ErrorContext(ctx, "session: its id was not renewed", "err", err)
		return false
	}
	w := a.prepare(id, true)
	kept, err := m.create(ctx, id, w)
	if err != nil {
		m.o.Logger.WarnContext(ctx, "session: its id was not renewed", "err", err)
		return false
	}
	until := time.Now().Add(forwardFor)
	_, err = m.store.Save(ctx, a.rec.id, m.forwarding(a.rec.id, id, a.rec.cookie(), until), until, a.rec.base())
	switch {
	case err == nil:
		s.stored(&a, id, kept, w, true)
		m.relist(ctx, a.rec, a.after)
		s.tell(ctx, m.o.Hooks.Renewed, Event{ID: id, OldID: a.rec.id})
		return true
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		m.remove(ctx, id, kept.Whole().Version)
	default:
		// It may have been done all the same, and then the old id leads to
		// the new record: that one must stay.
		m.o.Logger.WarnContext(ctx, "session: its id was not renewed", "err", err)
	}
	return false
}
