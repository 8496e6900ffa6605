package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/sojourn-dev/sojourn/store"
)

// Commit stores the session and adds its cookie to h: what a Manager's Handler
// does before the first byte of the response, for those who called
// [Manager.Load]. On an error nothing was added to h, and the response must be
// an error. What is changed after Commit takes another Commit, which can store
// an existing session but no longer set a cookie.
func (s *Session) Commit(h http.Header) error {
	s.mu.Lock()
	late, sealed := s.headerSent, s.refuse("Commit")
	s.mu.Unlock()
	switch {
	case sealed:
		return ErrSealed
	case late:
		return s.commitLate()
	}
	return s.commit(h, http.StatusOK)
}

// commit is called when the header is about to be sent.
func (s *Session) commit(h http.Header, status int) error {
	s.load() // another goroutine may be about to
	s.op.Lock()
	defer s.op.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	next, dirty, err := s.plan(status)
	if next != nothing {
		err = s.settleUnlocked(next, dirty)
	}
	s.headerSent = true
	if err == nil {
		s.writeCookie(h)
	}
	return err
}

// settleUnlocked is settle for those who hold mu, and hold it afterwards, too: even
// if a hook or a function of the application panics.
func (s *Session) settleUnlocked(next step, dirty bool) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	return s.settle(s.r.Context(), next, dirty)
}

// commitLate stores what can be stored without a cookie.
func (s *Session) commitLate() error {
	s.op.Lock()
	defer s.op.Unlock()
	s.mu.Lock()
	next, dirty, err := s.plan(afterHeader)
	s.mu.Unlock()
	if next == nothing {
		return err
	}
	return s.settle(s.r.Context(), next, dirty)
}

// step is what has to be done to bring the store in line with the session.
type step uint8

const (
	nothing step = iota
	extending
	saving
	resaving // what has not changed
	rotating // and saving or extending, if that is in the way
	creating
	relocating
)

// afterHeader stands for the status of a response whose header is gone.
const afterHeader = 0

// settle brings the store in line with the session, as it was planned. The
// caller holds op.
func (s *Session) settle(ctx context.Context, next step, dirty bool) error {
	if s.m.format != nil {
		return s.settleCarried(ctx, next)
	}
	d := s.newDeadline(ctx)
	defer d.release()
	if next == rotating {
		if s.rotate(d) {
			return nil
		}
		next = extending
		if dirty {
			next = saving
		}
	}
	switch next {
	case creating, relocating:
		return s.store(d, next)
	case saving, resaving:
		if err := s.store(d, next); !errors.Is(err, ErrGone) {
			return err
		} // the response knows nothing of it
	case extending:
		s.extend(d)
	}
	return nil
}

// plan decides what settle has to do, as far as the session's state asks for
// it, for a response with the given status. The first time it is asked in a
// request a session counts as used; from then on only changes matter. The caller
// holds mu.
func (s *Session) plan(status int) (next step, dirty bool, err error) {
	first := !s.settled
	s.settled = true
	s.headerSent = s.headerSent || status == afterHeader
	failure := s.failed.first()
	dirty = s.dirty()
	switch {
	case s.failed.loading() != nil:
		return nothing, false, s.failed.load
	case failure != nil && status < http.StatusInternalServerError:
		return nothing, false, failure
	case failure != nil, s.discarded, s.gone:
		return nothing, false, nil
	case s.exists && s.headerSent && s.m.format != nil: // all is out of reach
		if s.changed() || s.move != stay {
			err = ErrHeaderSent
		}
		return nothing, false, err
	case s.exists && s.move != stay && s.headerSent: // by a Hijack, for one
		return nothing, false, ErrHeaderSent
	case s.exists && s.move != stay:
		return relocating, dirty, nil
	case s.exists && first && s.rotationDue(status):
		return rotating, dirty, nil
	case s.exists && dirty:
		return saving, true, nil
	case s.exists && first && s.m.o.Resave && !s.saved:
		return resaving, false, nil
	case s.exists && first && (s.touch || !s.renamed && s.touchDue()):
		return extending, false, nil
	case s.exists:
		return nothing, false, nil
	case dirty && s.headerSent:
		return nothing, false, ErrHeaderSent
	case !s.headerSent && (dirty || s.move == regenerate || s.m.o.SaveUninitialized && !s.destroyed):
		return creating, true, nil
	}
	return nothing, false, nil
}

// dirty reports whether there is something to store. The caller holds mu.
func (s *Session) dirty() bool {
	return s.changed() || s.exists && s.m.stamps() && s.rec.reserved.createdAt().IsZero()
}

// changed reports whether the request has changed anything. The caller holds mu.
func (s *Session) changed() bool {
	if s.settings != nil || s.bound != nil {
		return true
	}
	if !s.exists {
		return s.document().hasData()
	}
	if s.made == 1 && len(s.log) == 1 && s.log[0].kind == set && !s.behind {
		raw, ok := s.rec.doc.get(s.log[0].name)
		return !ok || raw != s.log[0].raw // the usual case, and cheaper to find out
	}
	return s.behind || len(s.log) > 0 && !s.document().sameData(&s.rec.doc)
}

// Save stores the session now, changed or not, instead of before the header is
// sent, so that an error can be dealt with. After the header, a session that is
// new or to be renewed is [ErrHeaderSent], and with Options.ClientSide any is; one
// that has ended meanwhile is [ErrGone].
func (s *Session) Save(ctx context.Context) error {
	s.op.Lock()
	defer s.op.Unlock()
	err := s.saveNow(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.failed != nil {
		s.failures().save = err
	}
	return err
}

func (s *Session) saveNow(ctx context.Context) error {
	next, err := s.savable()
	if err != nil {
		return err
	}
	d := newDeadline(ctx, s.m.o.StoreTimeout)
	defer d.release()
	return s.store(d, next)
}

// savable returns what Save has to do, or why it cannot.
func (s *Session) savable() (step, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := saving
	switch {
	case !s.exists:
		next = creating
	case s.move != stay:
		next = relocating
	}
	switch {
	case s.refuse("Save"):
		return nothing, ErrSealed
	case s.failed.loading() != nil:
		return nothing, s.failed.load
	case s.failed != nil && s.failed.value != nil:
		return nothing, s.failed.value
	case s.failed != nil && s.failed.move != nil:
		return nothing, s.failed.move
	case s.failed != nil && s.failed.user != nil:
		return nothing, s.failed.user
	case s.gone:
		return nothing, fmt.Errorf("saving the session: %w", ErrGone)
	case s.headerSent && (next != saving || s.m.format != nil):
		return nothing, fmt.Errorf("saving a session that needs a cookie: %w", ErrHeaderSent)
	}
	return next, nil
}

// store creates, relocates or saves the session, and sees to what follows from
// its failure.
func (s *Session) store(ctx context.Context, step step) error {
	var a attempt
	a.begin(s, step)
	defer a.pass()
	err := a.catchUp()
	if err == nil {
		switch {
		case s.m.format != nil:
			err = s.carry(ctx, &a)
		case step == creating:
			err = s.create(ctx, &a)
		case step == relocating:
			err = s.relocate(ctx, &a)
		default:
			err = s.save(ctx, &a)
		}
	}
	switch {
	case err == nil:
		s.m.relist(ctx, a.rec, a.after)
		if len(a.conflicts) > 0 {
			s.tell(ctx, s.m.o.Hooks.Conflict, Event{ID: s.storedID(), Keys: a.conflicts})
		}
		return nil
	case errors.Is(err, store.ErrNotFound), errors.Is(err, ErrGone):
		s.vanish(ctx)
		return fmt.Errorf("saving the session: %w", ErrGone)
	}
	return fmt.Errorf("saving the session: %w", err)
}

// storedID returns the id of the record.
func (s *Session) storedID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rec.id
}

// vanish notes that the session's record is no longer there.
func (s *Session) vanish(ctx context.Context) {
	s.mu.Lock()
	s.gone = true
	s.cookieDue = false
	id := s.rec.id
	s.mu.Unlock()
	s.m.stats.gone.Add(1)
	s.m.o.Logger.InfoContext(ctx, "session: it ended while a request was using it; what that changed is dropped")
	s.tell(ctx, s.m.o.Hooks.Gone, Event{ID: id})
}

// tell calls a hook, if there is one.
func (s *Session) tell(ctx context.Context, hook func(context.Context, Event), e Event) {
	if hook != nil {
		e.Request = s.r
		hook(ctx, e)
	}
}
