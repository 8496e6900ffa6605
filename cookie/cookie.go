// Package cookie reads, signs and writes HTTP cookies byte for byte as the
// Node packages around Express do, and encrypts cookies of its own.
//
//   - [Jar] is what cookie-parser 1.4.7 and the functions res.cookie and
//     res.clearCookie of Express 5 are: plain, signed and JSON cookies;
//   - [Pair] is the pair of cookies in which cookie-session 2.1.1 keeps a
//     session, by cookies 0.9.1 and keygrip 1.1.0;
//   - [Sealer] makes cookies that only the server can read;
//   - [Find], [Decode], [Signer] and [Cookie] are the parts: cookie 0.7.2
//     (parsing, attributes and their order) and cookie-signature 1.0.7.
//
// net/http cannot stand in for it. It drops cookies that Node keeps, does not
// decode percent sequences, writes the attributes in another order, strips the
// leading dot of a domain and has no Priority.
//
// A browser drops a cookie of more than 4096 bytes without a word. What sets
// cookies here refuses to, with [ErrTooLarge], before anything is sent.
//
// Everything in this package is safe for concurrent use.
package cookie

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Cookie is a cookie to be set. The zero value of each attribute leaves it out.
type Cookie struct {
	// Name is a token of RFC 9110, section 5.6.2.
	Name string
	// Value is written percent-encoded by [EncodeComponent].
	Value string
	// Encode, if set, encodes the value in place of EncodeComponent. What it
	// returns must be a cookie-value of RFC 6265, section 4.1.1.
	Encode func(string) string
	// MaxAge is how long the browser keeps the cookie, written in whole
	// seconds, rounded down. A pointer, as zero and below mean "not at all":
	//
	//	MaxAge: new(15 * time.Minute)
	MaxAge *time.Duration
	// Domain may begin with a dot, which is kept.
	Domain string
	// Path is written as it is.
	Path string
	// Expires is written in UTC, its fraction of a second cut off. Browsers
	// heed MaxAge first.
	Expires time.Time
	// HttpOnly keeps the cookie from scripts.
	HttpOnly bool
	// Secure keeps the cookie to HTTPS.
	Secure bool
	// Partitioned keeps the cookie apart for each top-level site.
	Partitioned bool
	// Priority tells Chromium what to evict first.
	Priority Priority
	// SameSite is left out when it is 0 or http.SameSiteDefaultMode.
	SameSite http.SameSite
}

// Priority is the value of Chromium's Priority attribute.
type Priority uint8

// The priorities of a cookie. NoPriority leaves the attribute out.
const (
	NoPriority Priority = iota
	PriorityLow
	PriorityMedium
	PriorityHigh
)

// String returns the value of the attribute: Low, Medium, High, or the empty
// string for [NoPriority] and anything else.
func (p Priority) String() string {
	switch p {
	case PriorityLow:
		return "Low"
	case PriorityMedium:
		return "Medium"
	case PriorityHigh:
		return "High"
	}
	return ""
}

// ErrInvalid is wrapped by the errors of [Cookie.Validate].
var ErrInvalid = errors.New("invalid cookie")

// Validate reports whether the cookie can be written, by the rules of cookie
// 0.7.2. The error wraps [ErrInvalid] and names the attribute at fault.
func (c Cookie) Validate() error {
	switch {
	case !validName(c.Name):
		return fmt.Errorf("%w: name %q is not a token", ErrInvalid, c.Name)
	case c.Domain != "" && !validDomain(c.Domain):
		return fmt.Errorf("%w: domain %q", ErrInvalid, c.Domain)
	case !validPath(c.Path):
		return fmt.Errorf("%w: path %q", ErrInvalid, c.Path)
	case c.Expires.UTC().Year() < 0:
		return fmt.Errorf("%w: expires before the year 0", ErrInvalid)
	case c.Encode != nil && !validValue(c.Encode(c.Value)):
		return fmt.Errorf("%w: the encoded value has bytes that no cookie may have", ErrInvalid)
	case c.Priority > PriorityHigh:
		return fmt.Errorf("%w: priority %d", ErrInvalid, c.Priority)
	case c.SameSite < 0 || c.SameSite > http.SameSiteNoneMode:
		return fmt.Errorf("%w: same-site mode %d", ErrInvalid, c.SameSite)
	}
	return nil
}

// String returns the cookie as the value of a Set-Cookie header. It does not
// validate: see [Cookie.Validate].
func (c Cookie) String() string {
	return string(c.Append(nil))
}

// Append appends to dst what [Cookie.String] returns.
func (c Cookie) Append(dst []byte) []byte {
	dst = append(dst, c.Name...)
	dst = append(dst, '=')
	if c.Encode != nil {
		dst = append(dst, c.Encode(c.Value)...)
	} else {
		dst = AppendComponent(dst, c.Value)
	}
	return c.AppendAttributes(dst)
}

// AppendAttributes appends to dst the attributes, each after "; ", in Node's
// order: Max-Age, Domain, Path, Expires, HttpOnly, Secure, Partitioned,
// Priority, SameSite. It is for callers that have written name and value
// themselves.
func (c Cookie) AppendAttributes(dst []byte) []byte {
	if c.MaxAge != nil {
		dst = append(dst, "; Max-Age="...)
		dst = strconv.AppendInt(dst, wholeSeconds(*c.MaxAge), 10)
	}
	if c.Domain != "" {
		dst = append(dst, "; Domain="...)
		dst = append(dst, c.Domain...)
	}
	if c.Path != "" {
		dst = append(dst, "; Path="...)
		dst = append(dst, c.Path...)
	}
	if !c.Expires.IsZero() {
		dst = append(dst, "; Expires="...)
		dst = c.Expires.UTC().AppendFormat(dst, http.TimeFormat)
	}
	if c.HttpOnly {
		dst = append(dst, "; HttpOnly"...)
	}
	if c.Secure {
		dst = append(dst, "; Secure"...)
	}
	if c.Partitioned {
		dst = append(dst, "; Partitioned"...)
	}
	if p := c.Priority.String(); p != "" {
		dst = append(dst, "; Priority="...)
		dst = append(dst, p...)
	}
	switch c.SameSite {
	case http.SameSiteLaxMode:
		dst = append(dst, "; SameSite=Lax"...)
	case http.SameSiteStrictMode:
		dst = append(dst, "; SameSite=Strict"...)
	case http.SameSiteNoneMode:
		dst = append(dst, "; SameSite=None"...)
	}
	return dst
}

// wholeSeconds rounds down, also what is negative.
func wholeSeconds(d time.Duration) int64 {
	seconds := int64(d / time.Second)
	if d%time.Second < 0 {
		seconds--
	}
	return seconds
}

// validValue accepts a cookie-value, which may stand in quotes.
func validValue(value string) bool {
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c > '~' || c == '"' || c == ',' || c == ';' || c == '\\' {
			return false
		}
	}
	return true
}

func validName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !isAlphanumeric(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return true
}

// validDomain accepts labels of letters, digits and inner hyphens, up to 63
// bytes each, joined by dots, with an optional dot in front.
func validDomain(domain string) bool {
	for label := range strings.SplitSeq(strings.TrimPrefix(domain, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if !isAlphanumeric(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

func validPath(path string) bool {
	for i := range len(path) {
		if c := path[i]; c < ' ' || c > '~' || c == ';' || c == '<' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
