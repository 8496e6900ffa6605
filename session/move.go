package session

import "context"

// movement says what is to become of a session under its new id.
type movement uint8

const (
	stay       movement = iota
	renew               // the data moves to the new id
	regenerate          // an empty session takes the place
)

// Renew gives the session a new id and keeps its data; the old id is dead
// afterwards. Call it at login and at every other change of privilege, so that
// whoever knew the id before does not share what comes after. ID returns the
// new id at once; the change takes effect when the session is stored, at Save
// or at the end. Its creation time, from which AbsoluteTimeout counts, and its
// lifetime stay. The context is not used.
//
// After the header has been sent it changes nothing and returns
// [ErrHeaderSent], which a login must heed; on a session that is gone it returns
// [ErrGone].
func (s *Session) Renew(ctx context.Context) error {
	return s.startMove(renew)
}

// Regenerate gives the request a new, empty session in place of the one it
// has, whose record is removed. It is stored even if nothing is put into it.
// Otherwise it is like [Session.Renew].
func (s *Session) Regenerate(ctx context.Context) error {
	return s.startMove(regenerate)
}

func (s *Session) startMove(to movement) error {
	if err := s.movable(to); err != nil {
		return err
	}
	id, err := s.m.newID(s.r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.failed != nil {
		s.failures().move = err // kept, or a login would go on with the old id
	}
	if err != nil {
		return err
	}
	w := s.toWork()
	w.newID = id
	w.moves++
	if w.move != regenerate { // an emptied session stays one
		w.move = to
	}
	if to == regenerate {
		if s.gone {
			s.gone, s.exists, s.rec = false, false, s.m.none
		}
		w.settings, w.bound = nil, nil
		s.apply(change{kind: cleared})
	}
	return nil
}

func (s *Session) movable(to movement) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.refuse("Renew or Regenerate"):
		return ErrSealed
	case s.failed.loading() != nil:
		return s.failed.load
	case s.headerSent:
		return ErrHeaderSent
	case s.gone && to == renew:
		return ErrGone
	}
	return nil
}
