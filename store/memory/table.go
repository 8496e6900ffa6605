package memory

import (
	"math/bits"
	"time"
)

// table holds the entries of one shard, found by their hash. It is a hash table that
// grows and shrinks by one bucket at a time, known as linear hashing: it has
// as many buckets as entries, a new entry splits one bucket, and a removed one
// merges two. There is never a big array to copy or to rehash while others
// wait, and memory follows the number of entries both up and down.
//
// Cell i holds the i-th entry and, apart from it, the head of the i-th bucket.
// The cells are dense: the last entry moves to the place of a removed one.
// Cell 0 holds no entry, so that 0 can stand for none, but has a bucket.
type table struct {
	chunks []*chunk
	n      uint32 // cells, and hence buckets; at least 1
	cursor uint32 // the sweep has examined the cells before this one
}

// chunk is the unit of allocation. Eight cells of 48 bytes are an allocation of
// exactly 384 bytes, which is less than the 512 from where it has a header.
type chunk [8]entry

// none is the number of no entry.
const none = 0

func (t *table) reset() {
	t.chunks = []*chunk{new(chunk)}
	t.n, t.cursor = 1, 1
}

func (t *table) at(i uint32) *entry {
	return &t.chunks[i/uint32(len(chunk{}))][i%uint32(len(chunk{}))]
}

// bucket returns where an entry with that hash belongs: its low bits, one more
// of them in the buckets that have been split since n was a power of two.
func (t *table) bucket(hash uint32) uint32 {
	mask := uint32(1)<<bits.Len32(t.n-1) - 1
	b := hash & mask
	if b >= t.n {
		b &= mask >> 1
	}
	return b
}

// parent returns the bucket that bucket b, which is not 0, was split from.
func parent(b uint32) uint32 {
	return b &^ (1 << (bits.Len32(b) - 1))
}

// first returns the cell of the first entry in the bucket of hash, or none.
func (t *table) first(hash uint32) uint32 {
	return t.at(t.bucket(hash)).head
}

// put makes e the entry of cell i.
func (t *table) put(i uint32, e entry) {
	c := t.at(i)
	e.head = c.head
	*c = e
}

// insert puts e, which the table must not hold, into a new last cell.
func (t *table) insert(e entry) (cell uint32) {
	i := t.n
	if int(i) == len(t.chunks)*len(chunk{}) {
		t.chunks = append(t.chunks, new(chunk))
	}
	t.n++
	t.split(i)

	b := t.at(t.bucket(e.hash))
	e.next = b.head
	t.put(i, e)
	b.head = i
	t.attach(i)
	return i
}

// split moves to the new bucket b what belongs there from now on.
func (t *table) split(b uint32) {
	to := &t.at(b).head
	from := &t.at(parent(b)).head
	for *from != none {
		e := t.at(*from)
		if t.bucket(e.hash) == b {
			*to, *from, e.next = *from, e.next, *to
		} else {
			from = &e.next
		}
	}
}

// merge gives the entries of the last bucket back to its parent.
func (t *table) merge() {
	last, p := t.at(t.n-1), t.at(parent(t.n-1))
	end := &last.head
	for *end != none {
		end = &t.at(*end).next
	}
	*end = p.head // which is last.head if that is empty
	p.head = last.head
}

// link returns the place that holds the number i of an entry: the head of its
// bucket or the entry before it there.
func (t *table) link(i uint32) *uint32 {
	l := &t.at(t.bucket(t.at(i).hash)).head
	for *l != i {
		l = &t.at(*l).next
	}
	return l
}

// remove removes the entry of cell i.
func (t *table) remove(i uint32) {
	t.detach(i)
	*t.link(i) = t.at(i).next
	if i < t.cursor {
		// An entry that the sweep has still to examine must not get
		// behind the cursor, where it would escape for another round.
		t.cursor--
		i = t.move(t.cursor, i)
	}
	t.move(t.n-1, i)
	t.merge()
	t.shrink()
}

// move puts the entry of cell from into cell to, which is free, unless they
// are the same, and returns the cell that is free then.
func (t *table) move(from, to uint32) uint32 {
	if from == to {
		return to
	}
	*t.link(from) = to
	e := *t.at(from)
	t.put(to, e)
	t.at(e.newer).older = to
	t.at(e.older).newer = to
	return from
}

// shrink takes the last cell away. It keeps up to one chunk in reserve, lest
// one session that comes and goes allocates a chunk each time, and gives back
// the list of chunks when three quarters of it are unused.
func (t *table) shrink() {
	t.n--
	*t.at(t.n) = entry{}
	spare := len(t.chunks) - 2
	if int(t.n) > spare*len(chunk{}) {
		return
	}
	t.chunks[spare+1] = nil
	t.chunks = t.chunks[:spare+1]
	if cap(t.chunks) > 4*len(t.chunks) {
		t.chunks = append(make([]*chunk, 0, 2*len(t.chunks)), t.chunks...)
	}
}

// width returns how many low bits of a hash select bucket b.
func (t *table) width(b uint32) int {
	w := bits.Len32(t.n - 1)
	half := uint32(1) << w >> 1
	if b < half && b+half >= t.n {
		w-- // not split yet in this round
	}
	return w
}

// examine looks at up to limit entries in turn, until it finds one that has
// expired. It returns that one's cell, or none, and how many of limit are left.
func (t *table) examine(limit int, now time.Time) (expired uint32, left int) {
	nanos := now.UnixNano()
	for limit > 0 {
		if t.cursor >= t.n {
			t.cursor = 1
		}
		if t.cursor >= t.n {
			return none, 0
		}
		limit--
		if nanos >= t.at(t.cursor).expires {
			return t.cursor, limit // removing it puts another entry in its place
		}
		t.cursor++
	}
	return none, 0
}
