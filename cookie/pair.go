package cookie

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Pair is a signed cookie as cookies 0.9.1 keeps it, and with it cookie-session
// 2.1.1: the value in one cookie, as it is, and in another one, whose name ends
// in ".sig", the signature of name and value by [Keygrip]. Neither attributes
// nor time are signed.
type Pair struct {
	name string
	keys *Keygrip
}

// NewPair returns the pair of cookies called name and name.sig, signed with the
// first key and accepted with any. The error is [ErrNoSecret] when there is no
// key or an empty one, and wraps [ErrInvalid] when name is not a token.
func NewPair(name string, keys ...string) (*Pair, error) {
	k, err := NewKeygrip(keys...)
	if err != nil {
		return nil, err
	}
	if !validName(name) {
		return nil, fmt.Errorf("%w: name %q is not a token", ErrInvalid, name)
	}
	return &Pair{name, k}, nil
}

// PairState is what [Pair.Find] has found.
type PairState uint8

// What a request may bring of a pair. Only with PairOlder and PairCurrent there
// is a value.
const (
	// PairAbsent: one of the two cookies is missing.
	PairAbsent PairState = iota
	// PairForged: no key has made the signature.
	PairForged
	// PairOlder: a key other than the first has made the signature.
	PairOlder
	// PairCurrent: the first key has made the signature.
	PairCurrent
)

// Find returns the value of the pair in the Cookie header lines of a request.
// The rules are those of cookies 0.9.1, which differ from [Find]'s: only spaces
// before a name are passed over, nothing is decoded, a value that begins with a
// quote loses its first and last byte.
func (p *Pair) Find(lines []string) (value string, state PairState) {
	value, ok := findPlain(lines, p.name)
	if !ok {
		return "", PairAbsent
	}
	signature, _ := findPlain(lines, p.name+".sig")
	if signature == "" {
		return "", PairAbsent
	}
	switch p.keys.Index(p.name+"="+value, signature) {
	case -1:
		return "", PairForged
	case 0:
		return value, PairCurrent
	}
	return value, PairOlder
}

func findPlain(lines []string, name string) (value string, ok bool) {
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			n, value, found := strings.Cut(strings.TrimLeft(pair, " "), "=")
			if !found || n != name {
				continue
			}
			if strings.HasPrefix(value, `"`) {
				value = value[1:max(1, len(value)-1)]
			}
			return latin1(value), true
		}
	}
	return "", false
}

// Set adds both cookies to the header of a response, in place of what stands
// there under their names. The attributes are c's, spelled and ordered as in
// cookies 0.9.1: an empty Path is "/", and a MaxAge other than 0 is written as
// the instant at which it ends. HttpOnly is as given, where cookie-session has
// it on by default. The error wraps [ErrInvalid] or [ErrTooLarge], and nothing
// was added then.
func (p *Pair) Set(h http.Header, value string, c Cookie) error {
	lines, err := p.Lines(value, c)
	if err != nil {
		return err
	}
	for i, name := range []string{p.name, p.name + ".sig"} {
		h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
			return strings.HasPrefix(line, name+"=")
		})
		h.Add("Set-Cookie", lines[i])
	}
	return nil
}

// Clear makes the browser drop both cookies, as cookie-session does when the
// session is set to null. Path and Domain must be those they were set with.
func (p *Pair) Clear(h http.Header, c Cookie) error { return p.Set(h, "", c) }

// Lines returns what [Pair.Set] adds: the cookie, then its signature's.
func (p *Pair) Lines(value string, c Cookie) (lines [2]string, err error) {
	if c.Path == "" {
		c.Path = "/"
	}
	switch {
	case value == "":
		c.Expires = time.UnixMilli(0)
	case c.MaxAge != nil && *c.MaxAge != 0:
		c.Expires = time.Now().Add(*c.MaxAge)
	}
	c.Name, c.Encode = p.name, nil
	if err := c.Validate(); err != nil {
		return lines, err
	}
	if !validPairValue(value) {
		return lines, fmt.Errorf("%w: the value of %q has bytes that no cookie may have", ErrInvalid, p.name)
	}
	attributes := string(appendLower(nil, c))
	lines[0] = p.name + "=" + value + attributes
	lines[1] = p.name + ".sig=" + p.keys.Sign(p.name+"="+value) + attributes
	for _, line := range lines {
		if err := CheckSize(line); err != nil {
			return lines, fmt.Errorf("setting %q: %w", p.name, err)
		}
	}
	return lines, nil
}

// Answer adds to the header of a response what cookies 0.9.1 adds when it reads
// a pair: a new signature where an older key has made the one that came, and the
// end of one that was forged. secure tells that the connection is HTTPS. value
// and state are what Find returned.
func (p *Pair) Answer(h http.Header, value string, state PairState, secure bool) {
	c := Cookie{Path: "/", HttpOnly: true, Secure: secure}
	line := p.name + ".sig="
	switch state {
	case PairOlder:
		line += p.keys.Sign(p.name + "=" + value)
	case PairForged:
		c.Expires = time.UnixMilli(0)
	default:
		return
	}
	h.Add("Set-Cookie", string(appendLower([]byte(line), c)))
}

// validPairValue accepts what cookies 0.9.1 does, except for what is not ASCII.
func validPairValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c > '~' || c == ';' {
			return false
		}
	}
	return true
}

// appendLower appends the attributes as cookies 0.9.1 spells and orders them.
func appendLower(dst []byte, c Cookie) []byte {
	if c.Path != "" {
		dst = append(append(dst, "; path="...), c.Path...)
	}
	if !c.Expires.IsZero() {
		dst = c.Expires.UTC().AppendFormat(append(dst, "; expires="...), http.TimeFormat)
	}
	if c.Domain != "" {
		dst = append(append(dst, "; domain="...), c.Domain...)
	}
	if priority := c.Priority.String(); priority != "" {
		dst = append(append(dst, "; priority="...), strings.ToLower(priority)...)
	}
	switch c.SameSite {
	case http.SameSiteLaxMode:
		dst = append(dst, "; samesite=lax"...)
	case http.SameSiteStrictMode:
		dst = append(dst, "; samesite=strict"...)
	case http.SameSiteNoneMode:
		dst = append(dst, "; samesite=none"...)
	}
	if c.Secure {
		dst = append(dst, "; secure"...)
	}
	if c.HttpOnly {
		dst = append(dst, "; httponly"...)
	}
	if c.Partitioned {
		dst = append(dst, "; partitioned"...)
	}
	return dst
}
