package session

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
)

// record is a session as it is in the store. It is not changed once it is made.
type record struct {
	id       string
	version  store.Version // see base
	expires  time.Time
	doc      document
	settings *storedCookie
	reserved *reserved // nil if there is none
}

// storedCookie is what the cookie member of a record says.
type storedCookie struct {
	Cookie
	written string // the member as text; empty if it is to be looked for in the document
	head    string // a record up to the comma behind the member, if it can be recognised by that
}

// What stands before and behind the cookie member in a head.
const (
	headStart = `{"` + cookieMember + `":`
	headEnd   = ","
)

// noRecord stands for the record of a session that has none.
var noRecord = &record{settings: &storedCookie{}, doc: newDocument()}

var errNoCookie = errors.New("it has no cookie member")

// parse fills in a zero record, whose document may have room for spans, as it came
// from the store. The error says why it
// is not a session.
func (m *Manager) parse(rec *record, id string, r store.Record) (err error) {
	rec.id, rec.version, rec.expires = id, r.Version, r.Expires
	if done, err := m.parseAsLast(rec, r.Data); !done {
		rec.doc.text = r.Data
		if rec.doc.spans, err = scanObject(rec.doc.spans[:0], r.Data); err != nil {
			return err
		}
		if err := m.readCookie(rec); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if raw, ok := rec.doc.get(reservedMember); ok {
		rec.reserved = parseReserved(raw)
	}
	return nil
}

// parsePieces is parse for a record in pieces.
func (m *Manager) parsePieces(rec *record, id string, p pieces.Record) error {
	settings := m.parseHead(p.Head)
	if settings == nil {
		return m.parse(rec, id, p.Whole())
	}
	spans, err := scanMembers(rec.doc.spans[:0], p.Tail, skipSpace(p.Tail, 0))
	if err != nil {
		return err
	}
	rec.id, rec.expires, rec.settings = id, p.Expires, settings
	rec.doc.text, rec.doc.spans = p.Tail, spans
	for _, sp := range spans {
		// The last one of several cookies counts, and of array indexes
		// JavaScript puts later ones in front, which needs the cookie's place.
		if member := sp.of(p.Tail); member.is(cookieMember) || member.mayBeIndex() {
			return m.parse(rec, id, p.Whole())
		}
	}
	if raw, ok := rec.doc.get(reservedMember); ok {
		rec.reserved = parseReserved(raw)
	}
	return nil
}

// parseHead returns what the head of a record says, or nil if it has none that
// can be read.
func (m *Manager) parseHead(head string) *storedCookie {
	if head == "" {
		return nil
	}
	if last := m.lastCookie.Load(); last != nil && last.head == head {
		return last
	}
	c, err := parseCookie(head[len(headStart) : len(head)-len(headEnd)])
	if err != nil || c.MaxAge != 0 {
		return nil
	}
	return m.recognise(c, head)
}

func (m *Manager) readCookie(rec *record) (err error) {
	raw, ok := rec.doc.get(cookieMember)
	if !ok {
		return errNoCookie
	}
	if rec.settings, err = m.parseCookie(raw); err != nil {
		return fmt.Errorf("its cookie member: %w", err)
	}
	return nil
}

// parseAsLast is parse for records that begin with the very cookie member that
// was read last, which then need not be looked at again.
func (m *Manager) parseAsLast(rec *record, data string) (done bool, err error) {
	last := m.lastCookie.Load()
	if last == nil || !strings.HasPrefix(data, last.head[:len(last.head)-len(headEnd)]) {
		return false, nil
	}
	const key = uint32(len(`{"cookie"`))
	i := len(last.head) - len(headEnd)
	rec.settings, rec.doc.text = last, data
	rec.doc.spans = append(rec.doc.spans[:0], span{1, key, key + 1, uint32(i)})
	i = skipSpace(data, i)
	if i == len(data) || data[i] != ',' {
		return false, nil // without data, or not JSON at all
	}
	if rec.doc.spans, err = scanMembers(rec.doc.spans, data, skipSpace(data, i+1)); err != nil {
		return true, err
	}
	for _, sp := range rec.doc.spans[1:] {
		if sp.of(data).is(cookieMember) { // the last one of several counts
			return false, nil
		}
	}
	return true, nil
}

// parseCookie parses a cookie member. Without a lifetime of their own, and hence
// an instant in them, most sessions have the same, so that it is kept to be
// recognised.
func (m *Manager) parseCookie(raw string) (*storedCookie, error) {
	c, err := parseCookie(raw)
	if err != nil {
		return nil, err
	}
	if c.MaxAge != 0 {
		return &storedCookie{Cookie: c}, nil
	}
	return m.recognise(c.clone(), headStart+raw+headEnd), nil // which keeps nothing else of the record
}

// recognise keeps what the head of a record says. The string is kept, too: where
// it is that of a store in memory the two need not be compared byte by byte.
func (m *Manager) recognise(c Cookie, head string) *storedCookie {
	parsed := withHead(c, head)
	m.lastCookie.Store(&parsed)
	return &parsed
}

func withHead(c Cookie, head string) storedCookie {
	return storedCookie{Cookie: c, written: head[len(headStart) : len(head)-len(headEnd)], head: head}
}

// madeCookie is a cookie member that this manager has made.
type madeCookie struct {
	storedCookie
	auto bool // Secure was SecureAuto
}

// newCookie makes the cookie member for settings. Without a lifetime of their
// own, and hence an instant in them, most sessions have that of the one before.
func (m *Manager) newCookie(c *Cookie, expires time.Time, auto bool) *storedCookie {
	if last := m.madeCookie.Load(); last != nil && last.auto == auto && last.Cookie == *c {
		return &last.storedCookie
	}
	raw := string(c.appendJSON(make([]byte, 0, 128), expires, auto))
	if c.MaxAge != 0 {
		return &storedCookie{Cookie: *c, written: raw}
	}
	made := &madeCookie{auto: auto, storedCookie: withHead(c.clone(), headStart+raw+headEnd)}
	m.madeCookie.Store(made)
	return &made.storedCookie
}

// pieces returns the record as the store has it, as far as that is to know its
// version.
func (rec *record) pieces() pieces.Record {
	if rec.version == "" && rec.settings.head != "" {
		return pieces.Record{Head: rec.settings.head, Tail: rec.doc.text}
	}
	return pieces.Record{Version: rec.version}
}

// base returns the version of the record.
func (rec *record) base() store.Version {
	p := rec.pieces()
	return p.Whole().Version
}

// cookie returns the cookie member.
func (rec *record) cookie() string {
	if rec.settings.written != "" {
		return rec.settings.written
	}
	raw, _ := rec.doc.get(cookieMember)
	return raw
}

// snapshot returns a copy of the record's document to be changed.
func (rec *record) snapshot() document {
	return rec.doc.snapshot()
}

// reserved is our own member of a record. It is only there if an option needs
// it. Express keeps it, as it keeps any other.
type reserved struct {
	doc       document // all of it; unknown members are kept
	created   time.Time
	renewed   time.Time
	user      string    // whom the session is bound to
	notBefore time.Time // of the user when it was bound
	forward   string    // sealed id of the session that this one has become
	until     time.Time // how long the forwarding holds
}

func parseReserved(raw string) *reserved {
	spans, err := scanObject(nil, raw)
	if err != nil {
		return nil // not ours: it is stamped anew
	}
	r := &reserved{doc: document{text: raw, spans: spans}}
	for _, sp := range spans {
		m := sp.of(raw)
		switch m.name() {
		case "created":
			r.created = unixMilli(m.raw)
		case "renewed":
			r.renewed = unixMilli(m.raw)
		case "user":
			if user := text(m.raw); store.CheckUser(user) == nil {
				r.user = user
			}
		case "notBefore":
			r.notBefore = unixMilli(m.raw)
		case "forward":
			r.forward = text(m.raw)
		case "until":
			r.until = unixMilli(m.raw)
		}
	}
	return r
}

// unixMilli reads an instant in milliseconds; zero if it is none.
func unixMilli(raw string) time.Time {
	ms, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// copy returns a copy to be changed.
func (r *reserved) copy() *reserved {
	if r == nil {
		return &reserved{}
	}
	c := *r
	c.doc = r.doc.snapshot()
	return &c
}

// set changes one instant of the member.
func (r *reserved) set(name string, t time.Time) {
	r.doc.set(name, strconv.FormatInt(t.UnixMilli(), 10))
}

// stamp fills in when the session was created, if nobody has.
func (r *reserved) stamp(now time.Time) {
	if r.created.IsZero() {
		r.created = now.Truncate(time.Millisecond)
		r.set("created", now)
	}
}

// renew notes when the session got its present id.
func (r *reserved) renew(now time.Time) {
	r.renewed = now.Truncate(time.Millisecond)
	r.set("renewed", now)
}

// createdAt returns when the session was created, zero if nobody knows.
func (r *reserved) createdAt() time.Time {
	if r == nil {
		return time.Time{}
	}
	return r.created
}

// namedAt returns when the session got its present id, zero if nobody knows.
func (r *reserved) namedAt() time.Time {
	if r != nil && r.renewed.After(r.created) {
		return r.renewed
	}
	return r.createdAt()
}

// encode returns the member, empty if there is nothing in it.
func (r *reserved) encode() string {
	if r == nil || r.doc.len() == 0 {
		return ""
	}
	return r.doc.join()
}

// stamps reports whether the options need records to say when they were made.
func (m *Manager) stamps() bool {
	return m.o.AbsoluteTimeout > 0 || m.o.RenewAfter > 0
}

// outlived reports whether a session is past its absolute timeout.
func (m *Manager) outlived(r *reserved) bool {
	if m.o.AbsoluteTimeout == 0 || r.createdAt().IsZero() {
		return false
	}
	return !time.Now().Before(r.created.Add(m.o.AbsoluteTimeout))
}

// expiry returns when a session expires that is used now.
func (m *Manager) expiry(c *Cookie, r *reserved, now time.Time) time.Time {
	expires := now.Add(m.lifetime(c))
	if m.o.AbsoluteTimeout > 0 {
		created := r.createdAt()
		if created.IsZero() {
			created = now
		}
		if limit := created.Add(m.o.AbsoluteTimeout); limit.Before(expires) {
			return limit
		}
	}
	return expires
}
