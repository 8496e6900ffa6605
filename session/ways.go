package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/sojourn-dev/sojourn/store"
)

// save replaces the record where it is.
func (s *Session) save(ctx context.Context, a *attempt) error {
	for {
		w := a.prepare(a.rec.id, false)
		kept, err := s.m.replace(ctx, a.rec, w)
		if err == nil {
			due := s.m.o.Rolling || a.settingsChanged != nil || a.settings.MaxAge != 0 && a.step != resaving
			s.stored(a, a.rec.id, kept, w, due)
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := a.again(ctx); err != nil {
			return err
		}
	}
}

// create stores a session that is new.
func (s *Session) create(ctx context.Context, a *attempt) error {
	if err := s.acceptable(&a.settings); err != nil {
		return err
	}
	if err := s.insert(ctx, a); err != nil {
		return err
	}
	s.tell(ctx, s.m.o.Hooks.Created, Event{ID: a.newID})
	return nil
}

func (s *Session) insert(ctx context.Context, a *attempt) error {
	for range maxCollisions {
		if a.newID == "" {
			id, err := s.m.newID(s.r)
			if err != nil {
				return err
			}
			a.newID = id
		}
		w := a.prepare(a.newID, true)
		kept, err := s.m.create(ctx, a.newID, w)
		if err == nil {
			s.stored(a, a.newID, kept, w, true)
			return nil
		}
		if !errors.Is(err, store.ErrExists) {
			return err
		}
		a.newID = ""
	}
	return fmt.Errorf("the ids that were generated exist: %w", store.ErrExists)
}

// maxCollisions bounds how often a generated id may turn out to be taken. With
// random ids it never is.
const maxCollisions = 3

// relocate moves the session to its new id: the new record first, then away
// with the old one, provided that it is still the one that was read. In
// between nobody knows the new id, so whatever happens there, a logout or a
// write, decides: the logout stands, the write is taken over.
func (s *Session) relocate(ctx context.Context, a *attempt) error {
	if err := s.acceptable(&a.settings); err != nil {
		return err
	}
	for {
		w := a.prepare(a.newID, true)
		kept, err := s.m.create(ctx, a.newID, w)
		if err != nil {
			return err
		}
		oldID := a.rec.id
		err = s.m.store.Delete(ctx, oldID, a.rec.base())
		if err == nil {
			s.stored(a, a.newID, kept, w, true)
			s.tell(ctx, s.m.o.Hooks.Renewed, Event{ID: a.newID, OldID: oldID})
			return nil
		}
		s.m.remove(ctx, a.newID, kept.Whole().Version)
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if err := a.again(ctx); err != nil {
			return err
		}
	}
}

// acceptable reports whether a browser takes the cookie of a new id. What a
// CookieFunc says is only known now; other settings were looked at before.
func (s *Session) acceptable(c *Cookie) error {
	if s.m.o.CookieFunc != nil {
		if err := c.check(s.m.o.Name); err != nil {
			return err
		}
	}
	return s.deliverable(c)
}

// deliverable reports whether the cookie of a new id can reach the browser. A
// record whose id nobody learns would be lost without a word.
func (s *Session) deliverable(c *Cookie) error {
	if c.Secure == SecureAlways && !s.m.OverHTTPS(s.r) {
		return ErrInsecure
	}
	return nil
}
