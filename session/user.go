package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// binding is what ties a session to a user. It is not changed once it is made.
type binding struct {
	user      string
	notBefore time.Time
	// replaced is the instant that this request has replaced by notBefore,
	// which ended every session that was bound at replaced but this one.
	replaced time.Time
	replaces bool
}

// outlasts reports whether a session with that member is the one to stay,
// though it looks as if it had been revoked: by the very request that asks.
func (b *binding) outlasts(r *reserved) bool {
	return b != nil && b.replaces && r != nil && r.user == b.user && r.notBefore.Equal(b.replaced)
}

// bind notes whom the session belongs to, if b is not nil.
func (r *reserved) bind(b *binding) {
	if b == nil {
		return
	}
	r.user, r.notBefore = b.user, b.notBefore
	r.doc.set("user", string(appendQuoted(nil, b.user)))
	if b.notBefore.IsZero() {
		r.doc.delete("notBefore")
	} else {
		r.set("notBefore", b.notBefore)
	}
}

// SetUser binds the session to a user, by whatever name the application knows
// one (see store.CheckUser): from then on [Manager.UserSessions] lists the
// session, and [Manager.RevokeUser] ends it. Call it at login, after Renew or
// Regenerate. It takes effect when the session is stored. Renew keeps the user,
// Regenerate begins without one.
//
// It asks the store at once for what later revocations are measured against:
// the session is dead if the user is revoked after SetUser, even if that
// happens before the session is stored. What the login rests on, such as the
// password's hash, must therefore be looked at after SetUser, or once more.
//
// With a store that has no store.UserIndex the user is only noted. The error is
// kept, as Save's is.
func (s *Session) SetUser(ctx context.Context, user string) error {
	if err := store.CheckUser(user); err != nil {
		return s.keepUser(nil, fmt.Errorf("binding the session to a user: %w", err))
	}
	s.load()
	s.op.Lock()
	defer s.op.Unlock()
	d := newDeadline(ctx, s.m.o.StoreTimeout)
	defer d.release()
	notBefore, err := s.m.notBefore(d, user)
	if err != nil {
		return s.keepUser(nil, fmt.Errorf("binding the session to a user: %w", err))
	}
	return s.keepUser(&binding{user: user, notBefore: notBefore}, nil)
}

// keepUser keeps what SetUser has come to.
func (s *Session) keepUser(b *binding, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse("SetUser") {
		return ErrSealed
	}
	if err == nil && s.tooLate() {
		err = fmt.Errorf("binding a session that needs a cookie to a user: %w", ErrHeaderSent)
	}
	if err != nil || s.failed != nil {
		s.failures().user = err
	}
	if err != nil {
		return err
	}
	if now := s.binding(); now.user != b.user || !now.notBefore.Equal(b.notBefore) {
		s.toWork().bound = b
	}
	return nil
}

// binding returns the binding that the session will have once it is stored. The
// caller holds mu.
func (s *Session) binding() binding {
	switch {
	case s.bound != nil:
		return *s.bound
	case s.move == regenerate || s.rec.reserved == nil:
		return binding{}
	}
	return binding{user: s.rec.reserved.user, notBefore: s.rec.reserved.notBefore}
}

// User returns the user that the session is bound to, and the empty string
// when it is bound to nobody.
func (s *Session) User() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.binding().user
}

// RevokeOthers ends every session of this one's user but this one, and stores
// this one as Save does. To have it go on under a new id, as it should, call
// Renew before. It is one write to the store that ends the others, so whatever
// they are storing or renewing right now, and whether or not they are listed,
// they are dead when RevokeOthers returns.
//
// The error is [ErrGone] when this session itself has been revoked meanwhile,
// [ErrNoUser] when it is bound to nobody, and wraps errors.ErrUnsupported when
// the store has no store.UserIndex. Like Save's it is kept. If it is another,
// the others may have been ended, and this one with them.
func (s *Session) RevokeOthers(ctx context.Context) error {
	s.load()
	s.op.Lock()
	defer s.op.Unlock()
	err := s.revokeOthers(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.failed != nil {
		s.failures().save = err
	}
	return err
}

func (s *Session) revokeOthers(ctx context.Context) error {
	if _, err := s.savable(); err != nil {
		return err
	}
	s.mu.Lock()
	now := s.binding()
	s.mu.Unlock()
	if now.user == "" {
		return fmt.Errorf("revoking other sessions: %w", ErrNoUser)
	}
	d := newDeadline(ctx, s.m.o.StoreTimeout)
	defer d.release()
	next, err := s.m.revoke(d, now.user, now.notBefore)
	switch {
	case errors.Is(err, store.ErrConflict): // somebody else was faster, and has ended this one
		s.vanish(d)
		return fmt.Errorf("revoking other sessions: %w", ErrGone)
	case err != nil:
		return fmt.Errorf("revoking other sessions: %w", err)
	}
	s.mu.Lock()
	s.toWork().bound = &binding{user: now.user, notBefore: next, replaced: now.notBefore, replaces: true}
	s.mu.Unlock()
	if err := s.saveNow(ctx); err != nil {
		return err
	}
	s.m.removeRevoked(ctx, now.user, next)
	return nil
}

// Manager returns the manager that the session is from.
func (s *Session) Manager() *Manager { return s.m }

// Handle returns a name for the session as it is stored, that may stand in a
// page: nobody can make the id of it, or it of the id, without the secrets. See
// [Manager.RevokeSession]. It is empty for a session that is not stored, or has
// no id.
func (s *Session) Handle() string {
	s.mu.Lock()
	id, exists := s.rec.id, s.exists
	s.mu.Unlock()
	if !exists || id == "" {
		return ""
	}
	return s.m.handles.of(s.m.storedID(id))
}
