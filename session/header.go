package session

import (
	"net/http"
	"strings"
	"time"
)

// writeCookie adds to the header of the response what the browser has to know.
// The caller holds mu.
func (s *Session) writeCookie(h http.Header) {
	switch {
	case s.gone:
		// A cookie, or its end, from a request whose session is over could
		// take away the cookie that a login has just set.
	case s.exists && s.cookieDue && s.deliverable(&s.rec.settings.Cookie) == nil:
		s.setCookie(h)
	case !s.exists && s.destroyed && s.sentCookie:
		s.clearCookie(h)
	}
	s.cookieDue = false
}

func (s *Session) clearCookie(h http.Header) {
	c := s.out.toClear.header(s.m.o.Name, time.Unix(0, 0))
	if s.m.format == nil {
		addCookie(h, c.String())
		return
	}
	for _, line := range s.m.format.clear(c) {
		addCookie(h, line)
	}
}

func (s *Session) setCookie(h http.Header) {
	if s.m.format != nil {
		for _, line := range s.out.lines {
			addCookie(h, line)
		}
		return
	}
	var expires time.Time
	if s.rec.settings.MaxAge != 0 {
		expires = s.expires()
	}
	value := make([]byte, 0, 256)
	value = append(value, s.m.o.Name...)
	value = append(value, '=')
	value = s.m.signer.AppendCookieValue(value, s.rec.id)
	value = s.rec.settings.header(s.m.o.Name, expires).AppendAttributes(value)
	addCookie(h, string(value))
}

// addCookie adds a cookie to a response and keeps caches from giving it to
// somebody else: no shared one may store it unless the application said so,
// and none may serve it without a look at the request's cookies.
func addCookie(h http.Header, value string) {
	lines := [...]string{value, "private", "Cookie"} // in one allocation
	h["Set-Cookie"] = appendLine(h["Set-Cookie"], lines[0:1:1])
	if _, ok := h["Cache-Control"]; !ok {
		h["Cache-Control"] = lines[1:2:2]
	}
	if vary := h["Vary"]; !varies(vary) {
		h["Vary"] = appendLine(vary, lines[2:3:3])
	}
}

// appendLine appends a line to those of a header field, which are none as a rule.
func appendLine(lines, line []string) []string {
	if len(lines) == 0 {
		return line
	}
	return append(lines, line...)
}

func varies(lines []string) bool {
	for _, line := range lines {
		for field := range strings.SplitSeq(line, ",") {
			if field = strings.TrimSpace(field); field == "*" || strings.EqualFold(field, "Cookie") {
				return true
			}
		}
	}
	return false
}
