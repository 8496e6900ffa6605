package session

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

// Cookie holds the settings of a session's cookie. The zero value is the
// default of Options.Cookie: a cookie for "/" that ends with the browser,
// hidden from scripts, Lax, and Secure where the connection is.
//
// The settings are stored with the session, as Express does it: a session
// keeps those it was created with, whatever Options say later.
type Cookie struct {
	// Path is both the cookie's attribute and the part of the site in which
	// there is a session (RFC 6265, section 5.1.4). Empty is "/".
	Path string
	// Domain extends the cookie to subdomains. Empty is this host only.
	Domain string
	// Secure says whether the cookie is for HTTPS only. Zero is SecureAuto.
	Secure Secure
	// ScriptAccess leaves out HttpOnly, so that scripts can read the cookie.
	ScriptAccess bool
	// SameSite is Lax when it is 0; http.SameSiteDefaultMode leaves the
	// attribute out.
	SameSite http.SameSite
	// MaxAge is the session's own lifetime, counted from the last use. It
	// takes the place of Options.IdleTimeout, in the browser and in the
	// store. Fractions of a millisecond are cut off. 0 is none: the cookie
	// ends with the browser. A negative one ends the session at once.
	MaxAge time.Duration
	// Expires is another way to give MaxAge: what is left until this instant
	// when the session takes the setting. As in Express it slides from then
	// on. It counts only when MaxAge is 0, and a session's settings as
	// [Session.Cookie] returns them have it zero.
	Expires time.Time
	// Partitioned keeps the cookie apart for each top-level site (CHIPS). It
	// needs SecureAlways.
	Partitioned bool
	// Priority tells Chromium what to evict first.
	Priority cookie.Priority
}

// Secure says when a cookie carries the Secure attribute.
type Secure uint8

// When a cookie carries the Secure attribute, and so travels over HTTPS only.
const (
	// SecureAuto: when the request that creates the session came over HTTPS,
	// directly or through a proxy of Options.TrustProxies.
	SecureAuto Secure = iota
	// SecureAlways: always. Sessions cannot be started over plain HTTP then.
	SecureAlways
	// SecureNever: never.
	SecureNever
)

// withDefaults returns c with the zero values replaced that have a meaning.
func (c Cookie) withDefaults() Cookie {
	if c.Path == "" {
		c.Path = "/"
	}
	if c.SameSite == 0 {
		c.SameSite = http.SameSiteLaxMode
	}
	return c
}

// taken returns c as a session takes it at now: with a relative lifetime.
func (c Cookie) taken(now time.Time) Cookie {
	if c.MaxAge == 0 && !c.Expires.IsZero() {
		c.MaxAge = c.Expires.Sub(now)
		if c.MaxAge == 0 {
			c.MaxAge = -time.Millisecond
		}
	}
	c.Expires = time.Time{}
	switch {
	case c.MaxAge < 0 && c.MaxAge > -time.Millisecond:
		c.MaxAge = -time.Millisecond
	case c.MaxAge > 0 && c.MaxAge < time.Millisecond:
		c.MaxAge = time.Millisecond
	default:
		c.MaxAge = c.MaxAge.Truncate(time.Millisecond)
	}
	return c
}

// header returns the Set-Cookie form of the settings, without a value.
func (c Cookie) header(name string, expires time.Time) cookie.Cookie {
	return cookie.Cookie{
		Name: name, Domain: c.Domain, Path: c.Path, Expires: expires, HttpOnly: !c.ScriptAccess,
		Secure: c.Secure == SecureAlways, Partitioned: c.Partitioned, Priority: c.Priority, SameSite: c.SameSite,
	}
}

// validate reports settings that no browser would accept.
func (c Cookie) validate(name string) error {
	return c.header(name, time.Time{}).Validate()
}

// appendJSON appends the cookie member of a record, member by member as
// express-session 1.19.0 orders them. auto tells that Secure was SecureAuto
// and has been resolved: Express stores the answer then even if it is no.
func (c Cookie) appendJSON(dst []byte, expires time.Time, auto bool) []byte {
	if c.MaxAge != 0 {
		dst = append(dst, `{"originalMaxAge":`...)
		dst = strconv.AppendInt(dst, c.MaxAge.Milliseconds(), 10)
	} else {
		dst = append(dst, `{"originalMaxAge":null`...)
	}
	if c.Partitioned {
		dst = append(dst, `,"partitioned":true`...)
	}
	if p := c.Priority.String(); p != "" {
		dst = append(dst, `,"priority":"`...)
		dst = append(dst, strings.ToLower(p)...)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"expires":`...)
	dst = appendInstant(dst, c, expires)
	if c.Secure == SecureAlways {
		dst = append(dst, `,"secure":true`...)
	} else if auto {
		dst = append(dst, `,"secure":false`...)
	}
	dst = append(dst, `,"httpOnly":`...)
	dst = strconv.AppendBool(dst, !c.ScriptAccess)
	if c.Domain != "" {
		dst = append(dst, `,"domain":`...)
		dst = appendQuoted(dst, c.Domain)
	}
	dst = append(dst, `,"path":`...) // an empty one, too: a missing one is "/"
	dst = appendQuoted(dst, c.Path)
	if s, ok := sameSiteNames[c.SameSite]; ok {
		dst = append(dst, `,"sameSite":"`...)
		dst = append(dst, s...)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

var sameSiteNames = map[http.SameSite]string{
	http.SameSiteLaxMode: "lax", http.SameSiteStrictMode: "strict", http.SameSiteNoneMode: "none",
}

// appendInstant appends the expires member: JavaScript's Date.toISOString, or
// null for a cookie that ends with the browser.
func appendInstant(dst []byte, c Cookie, expires time.Time) []byte {
	if c.MaxAge == 0 {
		return append(dst, "null"...)
	}
	expires = expires.UTC()
	dst = append(dst, '"')
	if expires.Year() > 9999 {
		dst = append(dst, "+0"...)
	}
	dst = expires.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	return append(dst, '"')
}

// parseCookie reads the cookie member of a record, whoever wrote it. What it
// cannot use it passes over: settings are no reason to refuse a session.
func parseCookie(raw string) (Cookie, error) {
	spans, err := scanObject(make([]span, 0, 9), raw)
	if err != nil {
		return Cookie{}, err
	}
	c := Cookie{Path: "/", Secure: SecureNever, SameSite: http.SameSiteDefaultMode} // as in Express's Cookie
	for _, sp := range spans {
		m := sp.of(raw)
		switch m.name() {
		case "originalMaxAge":
			if ms, err := strconv.ParseFloat(m.raw, 64); err == nil {
				c.MaxAge = milliseconds(ms)
			}
		case "partitioned":
			c.Partitioned = truthy(m.raw)
		case "priority":
			c.Priority = parsePriority(text(m.raw))
		case "secure":
			if truthy(m.raw) {
				c.Secure = SecureAlways
			}
		case "httpOnly":
			c.ScriptAccess = !truthy(m.raw)
		case "domain":
			if d := text(m.raw); (cookie.Cookie{Name: "x", Domain: d}).Validate() == nil {
				c.Domain = d
			}
		case "path":
			if p := text(m.raw); (cookie.Cookie{Name: "x", Path: p}).Validate() == nil {
				c.Path = p
			}
		case "sameSite":
			c.SameSite = parseSameSite(m.raw)
		}
	}
	return c, nil
}

// clone returns a copy that is no part of anything larger.
func (c Cookie) clone() Cookie {
	c.Path, c.Domain = strings.Clone(c.Path), strings.Clone(c.Domain)
	return c
}

// milliseconds converts originalMaxAge. Express honours 0 as "at once", which
// here is what a negative lifetime is; what a Duration cannot hold is cut to
// the longest or shortest.
func milliseconds(ms float64) time.Duration {
	const limit = float64(1<<63-1) / float64(time.Millisecond)
	switch {
	case ms >= limit:
		return time.Duration(1<<63 - 1).Truncate(time.Millisecond)
	case ms <= -limit || ms > -1 && ms < 1:
		return -time.Millisecond
	}
	return time.Duration(ms) * time.Millisecond
}

// truthy is JavaScript's ToBoolean of a JSON value.
func truthy(raw string) bool {
	switch raw {
	case "false", "null", `""`:
		return false
	}
	n, err := strconv.ParseFloat(raw, 64)
	return err != nil || n != 0
}

// text returns the value of a JSON string, the empty string for anything else.
func text(raw string) string {
	if s, ok := plainString(raw); ok {
		return s
	}
	var s string
	if json.Unmarshal([]byte(raw), &s) != nil {
		return ""
	}
	return s
}

func parsePriority(s string) cookie.Priority {
	for _, p := range []cookie.Priority{cookie.PriorityLow, cookie.PriorityMedium, cookie.PriorityHigh} {
		if strings.EqualFold(s, p.String()) {
			return p
		}
	}
	return cookie.NoPriority
}

func parseSameSite(raw string) http.SameSite {
	if raw == "true" {
		return http.SameSiteStrictMode
	}
	for mode, name := range sameSiteNames {
		if strings.EqualFold(text(raw), name) {
			return mode
		}
	}
	return http.SameSiteDefaultMode
}

// spliceExpires returns the cookie member raw with a new expires, all else
// byte for byte as it was.
func spliceExpires(raw string, c Cookie, expires time.Time) string {
	spans, err := scanObject(make([]span, 0, 9), raw)
	if err != nil {
		return raw
	}
	d := document{text: raw, spans: spans}
	d.set("expires", string(appendInstant(nil, c, expires)))
	return d.join()
}
