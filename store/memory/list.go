package memory

import (
	"context"
	"iter"
	"math/bits"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// batch is how many buckets are read under one lock, and about how many
// records.
const batch = 64

// All implements [store.Lister]. It reads a few dozen records at a time and
// holds no lock while the caller looks at them, so that the loop may be slow
// and may call the store.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		for p, err := range s.all(ctx) {
			var r store.Stored
			if err == nil {
				r = store.Stored{ID: p.id(), Record: p.record()}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// all is All, but leaves the records packed.
func (s *Store) all(ctx context.Context) iter.Seq2[packed, error] {
	return func(yield func(packed, error) bool) {
		var records []packed
		for i := range s.shards {
			pos, more := uint32(0), true
			for more {
				if err := ctx.Err(); err != nil {
					yield(packed{}, err)
					return
				}
				records, pos, more = s.shards[i].read(records[:0], pos)
				for _, p := range records {
					// The loop may take its time.
					if !p.expired(time.Now()) && !yield(p, nil) {
						return
					}
				}
			}
		}
	}
}

// Count implements [store.Counter]. It goes through all records, as those that
// have expired do not count.
func (s *Store) Count(ctx context.Context) (int, error) {
	n := 0
	for _, err := range s.all(ctx) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// Clear implements [store.Clearer]. The instants of users stay.
func (s *Store) Clear(ctx context.Context) error {
	for i := range s.shards {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.shards[i].clear()
	}
	return nil
}

func (sh *shard) clear() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.reset()
	sh.shapes, sh.notes = nil, nil
}

// read appends the records of a few buckets from pos on, and returns where to
// go on and whether there is more.
//
// Buckets are split and merged between two reads, and entries move from cell to
// cell. What never changes is an entry's hash. The walk therefore goes by
// hashes, in the order of their reversed bits: a bucket holds all the hashes
// with some low bits, which is an unbroken range in that order, and splitting
// or merging buckets divides or joins neighbouring ranges. So every entry that
// stays is met exactly once.
func (sh *shard) read(to []packed, pos uint32) (records []packed, next uint32, more bool) {
	sh.mu.RLock()
	defer sh.mu.RUnlock()

	now := time.Now()
	for range batch {
		b := sh.bucket(bits.Reverse32(pos))
		for i := sh.at(b).head; i != none; i = sh.at(i).next {
			// A merge may have added hashes that were passed already.
			if e := sh.at(i); bits.Reverse32(e.hash) >= pos && !e.expired(now) {
				to = append(to, sh.packed(i))
			}
		}
		pos |= ^uint32(0) >> sh.width(b) // the last one of b's range
		if pos++; pos == 0 {
			return to, 0, false
		}
	}
	return to, pos, true
}
