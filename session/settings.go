package session

import "time"

// Cookie returns the settings of this session's cookie. Its Secure is
// SecureAlways or SecureNever, its Expires zero: a session's lifetime is its
// MaxAge.
func (s *Session) Cookie() Cookie {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _ := s.effectiveSettings(now, s.move)
	return c
}

// SetCookie changes the settings of this session's cookie. They are stored
// with the session, and the cookie is sent again. A change counts as a change:
// a new session is stored for it. After the header has been sent the settings
// are only stored. Settings that browsers refuse make the commit fail.
func (s *Session) SetCookie(c Cookie) {
	c = c.withDefaults().taken(time.Now())
	auto := c.Secure == SecureAuto
	if auto {
		c.Secure = s.resolveSecure()
	}
	err := c.check(s.m.o.Name)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.refuse("SetCookie"):
	case err != nil:
		s.failures().value = err
	default:
		now, nowAuto := s.effectiveSettings(time.Now(), s.move)
		if now == c {
			return
		}
		nowAuto = nowAuto || s.settings == nil && s.exists && s.move == stay && s.rec.insecure()
		w := s.toWork()
		w.settings, w.settingsAuto = &c, auto || nowAuto
		s.refuseAfterHeader()
	}
}

func (s *Session) resolveSecure() Secure {
	if s.m.OverHTTPS(s.r) {
		return SecureAlways
	}
	return SecureNever
}

// insecure reports whether the cookie member says in so many words that the
// cookie is not Secure, as one does for which SecureAuto was resolved.
func (rec *record) insecure() bool {
	raw := rec.cookie()
	spans, err := scanObject(nil, raw)
	if err != nil {
		return false
	}
	d := document{text: raw, spans: spans}
	secure, ok := d.get("secure")
	return ok && secure == "false"
}

// effectiveSettings returns the cookie's settings as they are to be stored
// now where move says, and whether Secure was SecureAuto. The caller holds mu.
func (s *Session) effectiveSettings(now time.Time, move movement) (c Cookie, auto bool) {
	if s.settings != nil {
		return *s.settings, s.settingsAuto
	}
	if s.exists && move == stay {
		return s.rec.settings.Cookie, false
	}
	c = s.options.taken(now)
	if auto = c.Secure == SecureAuto; auto {
		c.Secure = s.resolveSecure()
	}
	if s.exists && move == renew {
		c.MaxAge = s.rec.settings.MaxAge // belongs to the session, like its data
	}
	if s.exists && auto && s.rec.settings.Secure == SecureAlways {
		c.Secure = SecureAlways // what began over HTTPS is not to go on without
	}
	return c, auto
}
