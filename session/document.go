package session

import (
	"slices"
	"strconv"
	"strings"
)

// Names of the members of a record that are not the application's data.
const (
	cookieMember   = "cookie"
	reservedMember = "sojourn"
)

// document is a session record: a JSON object whose members are kept as text.
// A document shares its members with copies of it and copies them before it
// changes them, so a copy is a snapshot.
type document struct {
	members []member
	own     bool // members is not shared
}

// newDocument returns the document of a session without data. Its cookie
// member is filled in when it is encoded.
func newDocument() document {
	return document{members: emptyMembers}
}

// emptyMembers is never written to: documents copy before they change.
var emptyMembers = []member{{key: `"` + cookieMember + `"`, raw: "null"}}

// snapshot returns a copy, and makes the next change of either copy first.
func (d *document) snapshot() document {
	d.own = false
	return document{members: d.members}
}

// get returns the value of a member. Of several with one name the last counts,
// as in JavaScript.
func (d *document) get(name string) (raw string, ok bool) {
	for i := len(d.members) - 1; i >= 0; i-- {
		if d.members[i].is(name) {
			return d.members[i].raw, true
		}
	}
	return "", false
}

// set gives the member name a value, in the place where it stands, or at the
// end, where JavaScript would put it.
func (d *document) set(name, raw string) {
	d.copyOnce(1)
	first := slices.IndexFunc(d.members, func(m member) bool { return m.is(name) })
	if first < 0 {
		m := member{key: string(appendQuoted(nil, name)), raw: raw}
		d.members = slices.Insert(d.members, d.place(name), m)
		return
	}
	d.members[first].raw = raw
	rest := slices.DeleteFunc(d.members[first+1:], func(m member) bool { return m.is(name) })
	d.members = d.members[:first+1+len(rest)]
}

// place returns the index at which JavaScript would insert a new member:
// names that are array indexes come first, in ascending order, the others
// follow in the order of their insertion (ECMA-262, section 10.1.11).
func (d *document) place(name string) int {
	index, ok := arrayIndex(name)
	if !ok {
		return len(d.members)
	}
	for i, m := range d.members {
		if other, ok := arrayIndex(m.name()); !ok || other > index {
			return i
		}
	}
	return len(d.members)
}

func arrayIndex(name string) (uint64, bool) {
	if name == "" || len(name) > 10 || name[0] < '0' || name[0] > '9' || name[0] == '0' && len(name) > 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(name, 10, 32)
	return n, err == nil && n < 1<<32-1
}

func (d *document) delete(name string) {
	if _, ok := d.get(name); ok {
		d.copyOnce(0)
		d.members = slices.DeleteFunc(d.members, func(m member) bool { return m.is(name) })
	}
}

// clear removes the application's data.
func (d *document) clear() {
	d.copyOnce(0)
	d.members = slices.DeleteFunc(d.members, func(m member) bool { return !m.internal() })
}

func (d *document) copyOnce(room int) {
	if !d.own {
		d.members = append(make([]member, 0, len(d.members)+room), d.members...)
		d.own = true
	}
}

// internal reports whether the member is not the application's data.
func (m member) internal() bool {
	return m.is(cookieMember) || m.is(reservedMember)
}

// names returns the names of the application's data, each once.
func (d *document) names() []string {
	var names []string
	for _, m := range d.members {
		if name := m.name(); !m.internal() && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// sameData reports whether both hold the same data, order included, byte for
// byte.
func (d *document) sameData(other *document) bool {
	if len(d.members) > 0 && len(other.members) == len(d.members) && &d.members[0] == &other.members[0] {
		return true
	}
	a, b := d.members, other.members
	for {
		a, b = skipInternal(a), skipInternal(b)
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

func skipInternal(members []member) []member {
	for len(members) > 0 && members[0].internal() {
		members = members[1:]
	}
	return members
}

// hasData reports whether there is any of the application's data.
func (d *document) hasData() bool {
	return len(skipInternal(d.members)) > 0
}

// encode returns the record as text, with the given cookie and reserved
// members (an empty one is left out) in place of its own.
func (d *document) encode(cookie, reserved string) string {
	size := len(cookie) + len(reserved) + len(`{"sojourn":,}`)
	for _, m := range d.members {
		size += len(m.key) + len(m.raw) + 2
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteByte('{')
	write := func(key, raw string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(key)
		b.WriteByte(':')
		b.WriteString(raw)
	}
	for _, m := range d.members {
		switch {
		case m.is(cookieMember):
			if cookie != "" {
				write(m.key, cookie)
			}
			cookie = "" // a duplicate is not written again
		case m.is(reservedMember):
			if reserved != "" {
				write(m.key, reserved)
			}
			reserved = ""
		default:
			write(m.key, m.raw)
		}
	}
	if reserved != "" {
		write(`"`+reservedMember+`"`, reserved)
	}
	b.WriteByte('}')
	return b.String()
}
