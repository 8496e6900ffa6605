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
//     data. It shares the id with the record, and the name with
//   - the user's own entry, found by the hash of the name, which has no id. It
//     is there as long as the user has notes.
//
// The ring does not have the order of use here. Instead each user's own entry is
// followed by all of the user's notes, in the direction of the newer ones.
type notes struct{ table }

func newNotes() *notes {
	n := new(notes)
	n.reset()
	return n
}

// lookup returns the cell of what is noted of a user and an id, or none.
func (n *notes) lookup(hash uint32, id, user string) uint32 {
	i := n.at(n.bucket(hash)).head
	for i != none {
		e := n.at(i)
		if e.hash == hash && e.id == id && e.data == user {
			break
		}
		i = e.next
	}
	return i
}

// owns reports whether the notes that follow cell i in the ring, up to the next
// such cell, are those of one user. Cell 0, which closes the ring, has no id
// either.
func (n *notes) owns(i uint32) bool { return n.at(i).id == "" }

// add notes that the session of a record is user's. Of two instants for the same
// the later counts.
func (n *notes) add(record *entry, user string, userHash uint32, expires int64) {
	if i := n.lookup(record.hash, record.id, user); i != none {
		e := n.at(i)
		e.expires = max(e.expires, expires)
		return
	}
	owner := n.lookup(userHash, "", user)
	if owner == none {
		owner = n.n
		// The name may be a piece of a request, which must not live on.
		n.insert(entry{data: strings.Clone(user), hash: userHash, expires: math.MaxInt64})
	}
	i := n.n
	n.insert(entry{id: record.id, data: n.at(owner).data, expires: expires, hash: record.hash})
	n.detach(i)
	n.attachAfter(i, owner)
}

// drop removes the note of cell i, and the user's own entry with the last.
func (n *notes) drop(i uint32) {
	e := n.at(i).entry
	last := n.owns(e.older) && n.owns(e.newer)
	owner := n.at(e.older).hash
	n.remove(i) // may put others in other cells
	if last {
		n.remove(n.lookup(owner, "", e.data))
	}
}

// forget drops what is noted of a session, for all users.
func (n *notes) forget(hash uint32, id string) {
	for i := n.find(hash, id); i != none; i = n.find(hash, id) {
		n.drop(i)
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
