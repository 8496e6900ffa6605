package session

import (
	"context"
	"fmt"
	"time"
)

// Destroy ends the session: its record is removed at once, and its cookie is
// cleared unless the header has been sent. Afterwards this is a new, empty
// session, which is stored if something is put into it. Destroying a session
// that is new or gone is no error.
//
// With Options.ClientSide there is no record: it clears the cookie and can do
// nothing about a copy, and after the header it returns [ErrHeaderSent].
//
// It also holds against requests that are still at work on the session: what
// they store finds no record and is dropped. When it fails, the session is
// unchanged.
func (s *Session) Destroy(ctx context.Context) error {
	s.op.Lock()
	defer s.op.Unlock()
	existed, err := s.destroy(ctx)
	s.mu.Lock()
	id := s.rec.id
	if err == nil {
		s.reset()
	} else {
		s.failures().destroy = err
	}
	s.mu.Unlock()
	if err == nil && existed {
		s.tell(ctx, s.m.o.Hooks.Destroyed, Event{ID: id})
	}
	return err
}

// destroy removes the record, and reports whether there was one.
func (s *Session) destroy(ctx context.Context) (existed bool, err error) {
	s.mu.Lock()
	rec := s.rec
	existed = s.exists && !s.gone
	switch {
	case s.refuse("Destroy"):
		err = ErrSealed
	case s.failed.loading() != nil:
		err = s.failed.load
	case existed && s.m.format != nil && s.headerSent:
		err = fmt.Errorf("destroying a session that the browser holds: %w", ErrHeaderSent)
	}
	s.mu.Unlock()
	if err != nil || !existed || s.m.format != nil {
		return existed, err
	}
	d := newDeadline(ctx, s.m.o.StoreTimeout)
	defer d.release()
	if err := s.m.front().destroy(d, rec.id, rec.base()); err != nil {
		return existed, fmt.Errorf("destroying the session: %w", err)
	}
	s.m.unlist(d, rec)
	return existed, nil
}

// reset makes it a new, empty session. The caller holds mu.
func (s *Session) reset() {
	w := s.toWork()
	w.settings, w.bound = nil, nil
	c, _ := s.effectiveSettings(time.Now(), stay)
	w.out = &outgoing{toClear: c}
	s.exists, s.rec, s.reads = false, s.m.none, nil
	w.newID, w.move, w.extended = "", stay, time.Time{}
	w.doc, w.log, w.behind, w.failed = nil, nil, false, nil
	s.gone, s.cookieDue, s.saved, s.renamed, s.touch, s.discarded = false, false, false, false, false, false
	s.destroyed = true
}
