package session

import (
	"slices"
	"strconv"
)

// Names of the members of a record that are not the application's data.
const (
	cookieMember   = "cookie"
	reservedMember = "sojourn"
)

// document is a session record: a JSON object whose members are kept as text.
// As it is read it is the text with the places of its members; a change first
// turns it into a list. A copy of a document is a snapshot as long as only one
// of the two is changed; see [document.snapshot].
type document struct {
	text  string
	spans []span

	// In place of text and spans, if not nil. In a record, text is then what
	// the list is kept as by a store that has records in pieces.
	edited *memberList
}

// memberList is a document that has been changed.
type memberList struct {
	members []member
	own     bool      // by one document only
	room    [4]member // for members, as long as there are no more
}

// newDocument returns the document of a session without data. Its cookie
// member is filled in when it is encoded.
func newDocument() document {
	return document{text: `{"` + cookieMember + `":null}`, spans: newSpans}
}

var newSpans = []span{{key: 1, keyEnd: 9, raw: 10, rawEnd: 14}}

// snapshot returns a copy, and makes the next change of either copy first.
func (d *document) snapshot() document {
	if d.edited != nil && d.edited.own { // others that share it may be reading
		d.edited.own = false
	}
	return *d
}

// len returns the number of members.
func (d *document) len() int {
	if d.edited != nil {
		return len(d.edited.members)
	}
	return len(d.spans)
}

// keepAs notes how a store that has records in pieces keeps the document.
func (d *document) keepAs(tail string) {
	if d.edited == nil && d.text != tail {
		d.toChange(0).own = false // for a record does not change
	}
	d.text = tail
}

// at returns a member.
func (d *document) at(i int) member {
	if d.edited != nil {
		return d.edited.members[i]
	}
	return d.spans[i].of(d.text)
}

// get returns the value of a member. Of several with one name the last counts,
// as in JavaScript.
func (d *document) get(name string) (raw string, ok bool) {
	for i := d.len() - 1; i >= 0; i-- {
		if m := d.at(i); m.is(name) {
			return m.raw, true
		}
	}
	return "", false
}

// set gives the member name a value, in the place where it stands, or at the
// end, where JavaScript would put it.
func (d *document) set(name, raw string) {
	first := d.first(name)
	if first < 0 {
		l := d.toChange(1)
		m := member{key: string(appendQuoted(make([]byte, 0, len(name)+2), name)), raw: raw}
		l.members = slices.Insert(l.members, l.place(name), m)
		return
	}
	l := d.toChange(0)
	l.members[first].raw = raw
	rest := slices.DeleteFunc(l.members[first+1:], func(m member) bool { return m.is(name) })
	l.members = l.members[:first+1+len(rest)]
}

// first returns the index of the first member of that name, or a negative
// number.
func (d *document) first(name string) int {
	for i := range d.len() {
		if m := d.at(i); m.is(name) {
			return i
		}
	}
	return -1
}

// place returns the index at which JavaScript would insert a new member:
// names that are array indexes come first, in ascending order, the others
// follow in the order of their insertion (ECMA-262, section 10.1.11).
func (l *memberList) place(name string) int {
	index, ok := arrayIndex(name)
	if !ok {
		return len(l.members)
	}
	for i, m := range l.members {
		if other, ok := arrayIndex(m.name()); !ok || other > index {
			return i
		}
	}
	return len(l.members)
}

func arrayIndex(name string) (uint64, bool) {
	if name == "" || len(name) > 10 || name[0] < '0' || name[0] > '9' || name[0] == '0' && len(name) > 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(name, 10, 32)
	return n, err == nil && n < 1<<32-1
}

// mayBeIndex reports whether the member's name may be an array index.
func (m member) mayBeIndex() bool {
	first := m.key[1] // at least the quote at the end
	return '0' <= first && first <= '9' || first == '\\'
}

func (d *document) delete(name string) {
	if d.first(name) >= 0 {
		l := d.toChange(0)
		l.members = slices.DeleteFunc(l.members, func(m member) bool { return m.is(name) })
	}
}

// clear removes the application's data.
func (d *document) clear() {
	l := d.toChange(0)
	l.members = slices.DeleteFunc(l.members, func(m member) bool { return !m.internal() })
}

// toChange makes the document a list of its own, with room for more members,
// and returns that.
func (d *document) toChange(room int) *memberList {
	if d.edited != nil && d.edited.own {
		return d.edited
	}
	return d.turnInto(new(memberList), room)
}

// turnInto is toChange for a document that has no list of its own, with one that
// has not been used.
func (d *document) turnInto(l *memberList, room int) *memberList {
	l.own = true
	l.members = l.room[:0]
	if n := d.len() + room; n > len(l.room) {
		l.members = make([]member, 0, n)
	}
	for i := range d.len() {
		l.members = append(l.members, d.at(i))
	}
	*d = document{edited: l}
	return l
}

// internal reports whether the member is not the application's data.
func (m member) internal() bool {
	switch m.key[1] { // at least the quote at the end
	case cookieMember[0], reservedMember[0], '\\':
		return m.is(cookieMember) || m.is(reservedMember)
	}
	return false
}

// names returns the names of the application's data, each once.
func (d *document) names() []string {
	var names []string
	for i := range d.len() {
		m := d.at(i)
		if name := m.name(); !m.internal() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// sameData reports whether both hold the same data, order included, byte for
// byte.
func (d *document) sameData(other *document) bool {
	i, j := d.nextData(0), other.nextData(0)
	for i < d.len() && j < other.len() && d.at(i) == other.at(j) {
		i, j = d.nextData(i+1), other.nextData(j+1)
	}
	return i == d.len() && j == other.len()
}

// hasData reports whether there is any of the application's data.
func (d *document) hasData() bool {
	return d.nextData(0) < d.len()
}

// nextData returns the first index from i on that is the application's.
func (d *document) nextData(i int) int {
	for i < d.len() && d.at(i).internal() {
		i++
	}
	return i
}

// join returns all members as text, without regard to what they mean.
func (d *document) join() string {
	b := []byte{'{'}
	for i := range d.len() {
		if i > 0 {
			b = append(b, ',')
		}
		m := d.at(i)
		b = append(append(append(b, m.key...), ':'), m.raw...)
	}
	return string(append(b, '}'))
}

// usualRecord is the length in bytes that records seldom exceed.
const usualRecord = 512

// encoded is encode for those who want a string.
func (d *document) encoded(cookie, reserved string) string {
	var room [usualRecord]byte
	return string(d.encode(room[:0], cookie, reserved))
}

// encode appends the record to empty, with the given cookie and reserved
// members (an empty one is left out) in place of its own. A document without the
// cookie member was read without it, and had it first.
func (d *document) encode(empty []byte, cookie, reserved string) []byte {
	size := len(cookie) + len(reserved) + len(`{"cookie":,"sojourn":,}`)
	for i := range d.len() {
		m := d.at(i)
		size += len(m.key) + len(m.raw) + 2
	}
	b := append(slices.Grow(empty, size), '{')
	write := func(key, raw string) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, key...)
		b = append(b, ':')
		b = append(b, raw...)
	}
	missing := cookie != "" && d.first(cookieMember) < 0
	for i := range d.len() {
		m := d.at(i)
		if missing {
			if _, index := arrayIndex(m.name()); !index { // JavaScript has put those in front since
				write(`"`+cookieMember+`"`, cookie)
				missing, cookie = false, ""
			}
		}
		switch {
		case !m.internal():
			write(m.key, m.raw)
		case m.is(cookieMember):
			if cookie != "" {
				write(m.key, cookie)
			}
			cookie = "" // a duplicate is not written again
		default:
			if reserved != "" {
				write(m.key, reserved)
			}
			reserved = ""
		}
	}
	if missing {
		write(`"`+cookieMember+`"`, cookie)
	}
	if reserved != "" {
		write(`"`+reservedMember+`"`, reserved)
	}
	return append(b, '}')
}
