package session

import (
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/store"
)

// format is how a session lives in the cookies of its browser: what a session is
// loaded from and what it is committed to where there is no store.
type format interface {
	// open returns what the Cookie header lines of a request hold, and whether
	// there is a cookie at all. ok is false if it is nothing that we have made,
	// or has expired.
	open(lines []string) (h held, sent, ok bool)
	// cookies returns the Set-Cookie headers that bring h to the browser, with
	// the attributes of c. The error wraps cookie.ErrTooLarge.
	cookies(h held, c cookie.Cookie) ([]string, error)
	// clear returns the Set-Cookie headers that take it away.
	clear(c cookie.Cookie) []string
	// named reports whether the format holds ids and instants. Otherwise a
	// session has no id, and the instant stands in its data.
	named() bool
}

// held is a session as a browser holds it.
type held struct {
	id      string
	data    string    // a JSON object
	expires time.Time // zero if it does not say
	older   bool      // a secret other than the first has made it
}

// encryptedFormat is ClientSideEncrypted: the id, a space and the data, sealed.
type encryptedFormat struct {
	name   string
	sealer *cookie.Sealer
}

func (f encryptedFormat) open(lines []string) (h held, sent, ok bool) {
	value, sent := cookie.Find(lines, f.name)
	if !sent {
		return held{}, false, false
	}
	o, err := f.sealer.Open(f.name, value)
	if err != nil {
		return held{}, true, false
	}
	h = held{expires: o.Expires, older: o.Older}
	h.id, h.data, ok = strings.Cut(o.Text, " ")
	return h, true, ok && store.CheckID(h.id) == nil
}

func (f encryptedFormat) cookies(h held, c cookie.Cookie) ([]string, error) {
	value := f.sealer.Seal(f.name, h.id+" "+h.data, h.expires)
	line := make([]byte, 0, len(f.name)+1+len(value)+128)
	line = append(append(append(line, f.name...), '='), value...)
	lines := []string{string(c.AppendAttributes(line))}
	if err := cookie.CheckSize(lines[0]); err != nil {
		return nil, err
	}
	return lines, nil
}

func (f encryptedFormat) clear(c cookie.Cookie) []string { return []string{c.String()} }

func (f encryptedFormat) named() bool { return true }

// signedFormat is ClientSideSigned.
type signedFormat struct{ pair *cookie.Pair }

func (f signedFormat) open(lines []string) (h held, sent, ok bool) {
	value, state := f.pair.Find(lines)
	switch state {
	case cookie.PairAbsent:
		return held{}, false, false
	case cookie.PairForged:
		return held{}, true, false
	}
	return held{data: cookie.DecodeDocument(value), older: state == cookie.PairOlder}, true, value != ""
}

func (f signedFormat) cookies(h held, c cookie.Cookie) ([]string, error) {
	lines, err := f.pair.Lines(cookie.EncodeDocument(h.data), c)
	if err != nil {
		return nil, err
	}
	return lines[:], nil
}

func (f signedFormat) clear(c cookie.Cookie) []string {
	lines, err := f.pair.Lines("", c)
	if err != nil {
		return nil // not with settings that were checked
	}
	return lines[:]
}

func (f signedFormat) named() bool { return false }
