package session

import (
	"context"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
)

// noClientRecord stands for the record of a session in the client that has none.
var noClientRecord = &record{settings: &storedCookie{}, doc: document{text: "{}"}}

// Members of the reserved member that only sessions in the client have.
const (
	ownCookie = "cookie"  // settings that are not those of the options
	ownExpiry = "expires" // where the format has no place for it
)

// receive is load for a session that the browser holds. The caller holds op.
func (s *Session) receive() {
	h, sent, ok := s.m.format.open(s.r.Header["Cookie"])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sentCookie = sent
	if !ok {
		return
	}
	rec := &s.firstRec
	rec.id, rec.expires, rec.doc.text = h.id, h.expires, h.data
	var err error
	if rec.doc.spans, err = scanObject(s.firstSpans[:0], h.data); err != nil {
		s.m.o.Logger.WarnContext(s.r.Context(), "session: passing over a cookie that is not a session", "reason", err)
		return
	}
	if raw, ok := rec.doc.get(reservedMember); ok {
		rec.reserved = parseReserved(raw)
	}
	if !s.m.format.named() && s.m.o.IdleTimeout > 0 {
		rec.expires = rec.reserved.instant(ownExpiry)
	}
	now := time.Now()
	if !rec.expires.IsZero() && !now.Before(rec.expires) || s.m.outlived(rec.reserved) {
		return
	}
	c, _ := s.effectiveSettings(now, stay)
	if own, ok := rec.reserved.ownCookie(); ok {
		c = own
	}
	rec.settings = &storedCookie{Cookie: c}
	s.followed = h.older
	s.adopt(rec)
}

// ownCookie returns the settings that the session has got by SetCookie.
func (r *reserved) ownCookie() (c Cookie, ok bool) {
	if r == nil {
		return Cookie{}, false
	}
	raw, ok := r.doc.get(ownCookie)
	if !ok {
		return Cookie{}, false
	}
	c, err := parseCookie(raw)
	return c, err == nil
}

// instant returns an instant of the member, zero if there is none.
func (r *reserved) instant(name string) time.Time {
	if r == nil {
		return time.Time{}
	}
	raw, _ := r.doc.get(name)
	return unixMilli(raw)
}

// carryDue is touchDue for a session that the browser holds. The caller holds mu.
func (s *Session) carryDue() bool {
	switch {
	case s.saved: // the cookie has been made
		return false
	case s.m.o.Rolling, s.followed:
		return true
	case s.rec.expires.IsZero(): // made by Express
		return s.m.o.IdleTimeout > 0
	}
	life := s.m.lifetime(&s.rec.settings.Cookie)
	left := s.m.expiry(&s.rec.settings.Cookie, s.rec.reserved, time.Now().Truncate(time.Millisecond))
	return left.Sub(s.rec.expires) >= s.m.touchAfter(life)
}

// settleCarried is settle for a session that the browser holds.
func (s *Session) settleCarried(ctx context.Context, next step) error {
	err := s.store(ctx, next)
	if next != extending {
		return err
	}
	if err != nil {
		s.m.stats.failedTouches.Add(1)
		s.m.o.Logger.WarnContext(ctx, "session: its life was not extended", "err", err)
	}
	return nil
}

// carry makes the cookies that bring the session to the browser.
func (s *Session) carry(ctx context.Context, a *attempt) error {
	if err := s.acceptable(&a.settings); err != nil {
		return err
	}
	id, moved := a.rec.id, a.step == creating || a.step == relocating
	if moved {
		if a.newID == "" {
			var err error
			if a.newID, err = s.m.newID(s.r); err != nil {
				return err
			}
		}
		id = a.newID
	}
	w, ends := a.prepareCarried()
	lines, err := s.m.format.cookies(held{id: id, data: w.data, expires: w.expires}, a.settings.header(s.m.o.Name, ends))
	if err != nil {
		return err
	}
	before := a.rec.id
	s.stored(a, id, pieces.Record{}, w, true)
	s.mu.Lock()
	s.toWork().out = &outgoing{lines: lines}
	s.mu.Unlock()
	switch a.step {
	case creating:
		s.tell(ctx, s.m.o.Hooks.Created, Event{ID: id})
	case relocating:
		s.tell(ctx, s.m.o.Hooks.Renewed, Event{ID: id, OldID: before})
	}
	return nil
}

// prepareCarried encodes the session as the browser is to hold it now. ends is
// when the browser drops the cookie, zero if that is with the browser's end.
func (a *attempt) prepareCarried() (w write, ends time.Time) {
	m := a.s.m
	now := a.now.Truncate(time.Millisecond)
	w = write{reserved: a.rec.reserved.copy(), settings: &storedCookie{Cookie: a.settings, written: a.rec.cookie()}}
	if a.move == regenerate {
		w.reserved, w.settings.written = new(reserved), ""
	}
	if m.stamps() || a.bound != nil {
		w.reserved.stamp(now)
		w.reserved.bind(a.bound)
	}
	full := m.expiry(&a.settings, w.reserved, now)
	if a.settings.MaxAge != 0 {
		ends = full
	}
	if m.o.IdleTimeout > 0 {
		w.expires = full
	}
	if _, own := w.reserved.ownCookie(); own || a.settingsChanged != nil {
		w.reserved.doc.set(ownCookie, string(a.settings.appendJSON(nil, full, a.settingsAuto)))
	}
	switch {
	case m.format.named():
	case w.expires.IsZero():
		w.reserved.doc.delete(ownExpiry)
	default:
		w.reserved.set(ownExpiry, w.expires)
	}
	w.data = a.doc.encoded(w.settings.written, w.reserved.encode())
	return w, ends
}

// goBack is reload for a session that the browser holds.
func (s *Session) goBack() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.exists {
		return fmt.Errorf("reloading the session: %w", ErrGone)
	}
	s.readopt(s.rec)
	return nil
}

// tooLate reports whether a change can no longer be stored, because the header
// has been sent and there is nothing but the cookie to store it in. The caller
// holds mu.
func (s *Session) tooLate() bool {
	return s.headerSent && (!s.exists || s.m.format != nil)
}
