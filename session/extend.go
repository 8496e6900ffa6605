package session

import (
	"context"
	"errors"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// touchDue reports whether the session's life is to be extended, though nothing
// has changed. The caller holds mu.
func (s *Session) touchDue() bool {
	if s.m.format != nil {
		return s.carryDue()
	}
	if s.resend() {
		return true
	}
	life := s.m.lifetime(&s.rec.settings.Cookie)
	after := s.m.touchAfter(life)
	now := time.Now()
	if life-s.expires().Sub(now) < after { // the usual case, and cheaper to find out
		return false
	}
	return s.m.expiry(&s.rec.settings.Cookie, s.rec.reserved, now.Truncate(time.Millisecond)).Sub(s.expires()) >= after
}

// resend reports whether a cookie is to be sent that the browser may have
// already. A Save may have stored the session a while ago: since then somebody
// may have logged in, whose cookie it must not take away. The caller holds mu.
func (s *Session) resend() bool {
	return !s.headerSent && !s.renamed && (s.m.o.Rolling || s.followed || s.cookieDue)
}

// extend touches the session's record. A touch that fails costs the response
// nothing: the next request touches again.
func (s *Session) extend(ctx context.Context) {
	s.mu.Lock()
	rec, resend := s.rec, s.resend()
	expires := s.m.expiry(&s.rec.settings.Cookie, s.rec.reserved, time.Now().Truncate(time.Millisecond))
	s.touch = false
	s.mu.Unlock()
	err := s.m.store.Touch(ctx, rec.id, expires)
	if err == nil && resend {
		err = s.stillHere(ctx, rec.id)
	}
	if err == nil {
		s.m.list(ctx, rec, expires)
	}
	switch {
	case err == nil:
		s.mu.Lock()
		defer s.mu.Unlock()
		if expires.After(s.expires()) {
			s.toWork().extended = expires
		}
		s.cookieDue = s.cookieDue || resend
	case errors.Is(err, store.ErrNotFound):
		s.vanish(ctx)
	case errors.Is(err, errMoved):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cookieDue = false
	default:
		s.m.stats.failedTouches.Add(1)
		s.m.o.Logger.WarnContext(ctx, "session: a touch failed; the session's life was not extended", "err", err)
	}
}

var errMoved = errors.New("session has moved to another id")

// stillHere makes sure that a cookie which is about to be sent again is for a
// session that still has this id. The touch alone does not tell: it succeeds on
// a forwarding record, too.
func (s *Session) stillHere(ctx context.Context, id string) error {
	if s.m.o.RenewAfter == 0 {
		return nil
	}
	rec, err := s.m.fetch(ctx, id, new(record))
	if err == nil && rec.id != id {
		return errMoved
	}
	return err
}
