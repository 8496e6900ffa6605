package memory

import (
	"math"
	"strings"
	"time"
)

// notes are what a shard has noted: which of its sessions are whose. They are a
// second table like that of the records, so that they grow and shrink as
// gradually, with two kinds of entries:
//
//   - a note, found by the hash of its session's id, with the user's name for
//     text. It names the record by hash and tag, and shares the name with
//   - the user's own entry, found by the hash of the name, which has no tag. It
//     is there as long as the user has notes.
//
// The ring does not have the order of use here. Instead each user's own entry is
// followed by all of the user's notes, in the direction of the newer ones.
type notes struct{ table }

// untagged is the tag of records that no note has named, and of users' entries.
const untagged = 0

func newNotes() *notes {
	n := new(notes)
	n.reset()
	return n
}

// tag returns the tag of the record of cell i. With its hash that names the
// record for as long as it is there, in whatever cell. It gives the record a tag
// if it has none, unless all are taken by records of the same hash, which never
// happens.
func (sh *shard) tag(i uint32) (tag uint16, ok bool) {
	e := sh.at(i)
	for e.tag == untagged {
		if tag++; tag == untagged {
			return untagged, false
		}
		if sh.tagged(e.hash, tag) == none {
			e.tag = tag
		}
	}
	return e.tag, true
}

// tagged returns the cell of the record with that hash and tag, or none.
func (sh *shard) tagged(hash uint32, tag uint16) uint32 {
	i := sh.first(hash)
	for i != none {
		e := sh.at(i)
		if e.hash == hash && e.tag == tag {
			break
		}
		i = e.next
	}
	return i
}

// lookup returns the cell of what is noted of a user and a record, or none.
func (n *notes) lookup(hash uint32, tag uint16, user string) uint32 {
	i := n.first(hash)
	for i != none {
		e := n.at(i)
		if e.hash == hash && e.tag == tag && e.text == user {
			break
		}
		i = e.next
	}
	return i
}

// owner returns the cell of a user's own entry, or none.
func (n *notes) owner(hash uint32, user string) uint32 {
	return n.lookup(hash, untagged, user)
}

// owns reports whether the notes that follow cell i in the ring, up to the next
// such cell, are those of one user. Cell 0, which closes the ring, has no tag
// either.
func (n *notes) owns(i uint32) bool { return n.at(i).tag == untagged }

// add notes that a record is user's. Of two instants for the same the later
// counts.
func (n *notes) add(hash uint32, tag uint16, user string, userHash uint32, expires int64) {
	if i := n.lookup(hash, tag, user); i != none {
		e := n.at(i)
		e.expires = max(e.expires, expires)
		return
	}
	owner := n.owner(userHash, user)
	if owner == none {
		owner = n.n
		// The name may be a piece of a request, which must not live on.
		n.insert(entry{text: strings.Clone(user), hash: userHash, expires: math.MaxInt64})
	}
	i := n.n
	n.insert(entry{text: n.at(owner).text, expires: expires, hash: hash, tag: tag})
	n.detach(i)
	n.attachAfter(i, owner)
}

// drop removes the note of cell i, and the user's own entry with the last.
func (n *notes) drop(i uint32) {
	e := *n.at(i)
	last := n.owns(e.older) && n.owns(e.newer)
	owner := n.at(e.older).hash
	n.remove(i) // may put others in other cells
	if last {
		n.remove(n.owner(owner, e.text))
	}
}

// forget drops what is noted of a record, for all users.
func (n *notes) forget(hash uint32, tag uint16) {
	for i := n.first(hash); i != none; {
		if e := n.at(i); e.hash == hash && e.tag == tag {
			n.drop(i)
			i = n.first(hash) // others have moved
		} else {
			i = e.next
		}
	}
}

// sweep examines the next few entries and drops those that have expired.
func (n *notes) sweep(now time.Time) {
	for left := examined; left > 0; {
		var i uint32
		if i, left = n.examine(left, now); i != none {
			n.drop(i)
		}
	}
}
