package memory

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
)

const (
	// maxShards is how many parts an unbounded store has, each with its own
	// lock. An operation holds its lock for less than a microsecond.
	maxShards = 64

	// minShare is the smallest part of a bound that a shard may have. Ids
	// do not spread evenly, and the smaller the share the earlier some
	// shard is full: at 1024 a few per cent early.
	minShare = 1024

	// examined is how many entries a write looks at for one that has
	// expired: one chunk's worth, which costs a few dozen nanoseconds.
	examined = 8
)

// shard is a part of the store: the entries whose hash begins with its number.
type shard struct {
	mu sync.RWMutex
	table
	shapes shapes // of the records
	limit  int    // 0: none

	notes    *notes           // nil before the first
	instants map[string]int64 // of users, in Unix milliseconds; nil before the first

	_ [64]byte // keeps the lock of the next shard off this one's cache lines
}

func (sh *shard) init(limit int) {
	sh.limit = limit
	sh.reset()
}

// find returns the cell of the record of id, or none.
func (sh *shard) find(hash uint32, id string) uint32 {
	i := sh.first(hash)
	for i != none {
		e := sh.at(i)
		if e.hash == hash && e.id() == id {
			break
		}
		i = e.next
	}
	return i
}

// shardLimits divides a bound on the number of sessions among shards.
func shardLimits(total int) []int {
	if total <= 0 {
		return make([]int, maxShards)
	}
	n := maxShards
	for n > 1 && total/n < minShare {
		n /= 2
	}
	limits := make([]int, n)
	for i := range limits {
		limits[i] = total / n
		if i < total%n {
			limits[i]++
		}
	}
	return limits
}

// shiftFor returns how far to shift a hash to get one of n shards, n being a
// power of two.
func shiftFor(n int) int {
	return 64 - bits.TrailingZeros(uint(n))
}

// locate returns the shard of id and the hash of id in its table.
func (s *Store) locate(id string) (*shard, uint32) {
	h := maphash.String(s.seed, id)
	return &s.shards[h>>s.shift], uint32(h)
}

// lockForUse locks the shard for an operation that reads, but that a bounded
// shard has to remember as the record's last use.
func (sh *shard) lockForUse() {
	if sh.limit > 0 {
		sh.mu.Lock()
	} else {
		sh.mu.RLock()
	}
}

func (sh *shard) unlockForUse() {
	if sh.limit > 0 {
		sh.mu.Unlock()
	} else {
		sh.mu.RUnlock()
	}
}

// use notes that the entry of cell i has been used.
func (sh *shard) use(i uint32) {
	if sh.limit > 0 {
		sh.detach(i)
		sh.attach(i)
	}
}

// makeRoom drops the least recently used entry if the shard is full.
func (sh *shard) makeRoom() {
	if sh.limit > 0 && int(sh.n)-1 >= sh.limit {
		sh.drop(sh.oldest())
	}
}

// live returns the cell of a record that has not expired.
func (sh *shard) live(hash uint32, id string, now time.Time) (uint32, error) {
	i := sh.find(hash, id)
	if i == none || sh.at(i).expired(now) {
		return none, store.ErrNotFound
	}
	return i, nil
}

// current returns the cell of a record that is still at the version of base.
func (sh *shard) current(hash uint32, id string, base pieces.Record, now time.Time) (uint32, error) {
	i, err := sh.live(hash, id, now)
	if err != nil {
		return none, err
	}
	if p := sh.packed(i); !p.holds(base) {
		return none, store.ErrConflict
	}
	return i, nil
}

// sweep examines the next few records, and of what is noted as much, and drops
// what has expired.
func (sh *shard) sweep(now time.Time) {
	for left := examined; left > 0; {
		var i uint32
		if i, left = sh.examine(left, now); i != none {
			sh.drop(i)
		}
	}
	if sh.notes != nil {
		sh.notes.sweep(now)
	}
}

// drop removes the record of cell i and what is noted of it.
func (sh *shard) drop(i uint32) {
	e := sh.at(i)
	if e.tag != untagged {
		sh.notes.forget(e.hash, e.tag)
	}
	sh.shapes.release(e.shape)
	sh.remove(i)
}
