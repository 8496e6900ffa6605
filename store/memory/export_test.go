package memory

import (
	"errors"
	"fmt"
)

// Held returns how many records occupy memory, expired or not.
func (s *Store) Held() int {
	held := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.RLock()
		held += int(sh.n) - 1
		sh.mu.RUnlock()
	}
	return held
}

// Verify checks that the tables are as the code assumes between operations.
func (s *Store) Verify() error {
	for i := range s.shards {
		if err := s.shards[i].verify(); err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
	}
	return nil
}

func (sh *shard) verify() error {
	sh.mu.RLock()
	defer sh.mu.RUnlock()

	if err := sh.table.verify(); err != nil {
		return err
	}
	if err := sh.verifyShapes(); err != nil {
		return err
	}
	if sh.notes == nil {
		return nil
	}
	if err := sh.notes.verify(); err != nil {
		return fmt.Errorf("notes: %w", err)
	}
	user, alone := "", false
	for i := sh.notes.oldest(); i != none; i = sh.notes.at(i).newer {
		e := sh.notes.at(i)
		switch own := e.tag == untagged; {
		case own && alone:
			return errors.New("a user without notes has an entry")
		case own:
			user, alone = e.text, true
		case e.text != user:
			return errors.New("a note follows the entry of another user")
		case sh.tagged(e.hash, e.tag) == none:
			return errors.New("a note is about a record that is gone")
		default:
			alone = false
		}
	}
	if alone {
		return errors.New("a user without notes has an entry")
	}
	return nil
}

// verifyShapes checks that each record has a shape that is there, and that
// those are there which records have.
func (sh *shard) verifyShapes() error {
	records := make([]int, len(sh.shapes)+1)
	for i := uint32(1); i < sh.n; i++ {
		e := sh.at(i)
		if int(e.shape) >= len(records) {
			return fmt.Errorf("a record has shape %d of %d", e.shape, len(sh.shapes))
		}
		records[e.shape]++
	}
	for i, s := range sh.shapes {
		if s.records != records[i+1] {
			return fmt.Errorf("%d records have a shape that counts %d", records[i+1], s.records)
		}
		if (s.records == 0) != (s.shape == shape{}) {
			return fmt.Errorf("a shape that %d records have is empty, or not", s.records)
		}
	}
	if n := len(sh.shapes); n > maxShapes || n > 0 && sh.shapes[n-1].records == 0 {
		return fmt.Errorf("there are %d shapes, or free places at the end", n)
	}
	return nil
}

// Shapes returns how many shapes a store has, in all its parts.
func (s *Store) Shapes() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.RLock()
		for _, shared := range sh.shapes {
			if shared.records > 0 {
				n++
			}
		}
		sh.mu.RUnlock()
	}
	return n
}

// MaxShapes is how many a part of a store may have.
const MaxShapes = maxShapes

// Noted returns how many entries what is noted of users occupies.
func (s *Store) Noted() int {
	noted := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.RLock()
		if sh.notes != nil {
			noted += int(sh.notes.n) - 1
		}
		sh.mu.RUnlock()
	}
	return noted
}

func (t *table) verify() error {
	inBuckets := 0
	for b := range t.n {
		for i := t.at(b).head; i != none; i = t.at(i).next {
			if got := t.bucket(t.at(i).hash); got != b {
				return fmt.Errorf("entry %d of bucket %d belongs to %d", i, b, got)
			}
			inBuckets++
		}
	}
	inRing := 0
	for i := t.oldest(); i != none; i = t.at(i).newer {
		if got := t.at(t.at(i).newer).older; got != i {
			return fmt.Errorf("the entry after %d comes after %d", i, got)
		}
		inRing++
	}
	if want := int(t.n) - 1; inBuckets != want || inRing != want {
		return fmt.Errorf("%d entries, %d in buckets, %d in the ring", want, inBuckets, inRing)
	}
	if t.cursor < 1 || t.cursor > t.n {
		return fmt.Errorf("cursor %d with %d cells", t.cursor, t.n)
	}
	if spare := len(t.chunks)*len(chunk{}) - int(t.n); spare < 0 || spare >= 2*len(chunk{}) {
		return fmt.Errorf("%d spare cells with %d in use", spare, t.n)
	}
	return nil
}
