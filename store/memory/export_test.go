package memory

import "fmt"

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

	inBuckets := 0
	for b := range sh.n {
		for i := sh.at(b).head; i != none; i = sh.at(i).next {
			if got := sh.bucket(sh.at(i).hash); got != b {
				return fmt.Errorf("entry %d of bucket %d belongs to %d", i, b, got)
			}
			inBuckets++
		}
	}
	inRing := 0
	for i := sh.oldest(); i != none; i = sh.at(i).newer {
		if got := sh.at(sh.at(i).newer).older; got != i {
			return fmt.Errorf("the entry after %d comes after %d", i, got)
		}
		inRing++
	}
	if want := int(sh.n) - 1; inBuckets != want || inRing != want {
		return fmt.Errorf("%d entries, %d in buckets, %d in the ring", want, inBuckets, inRing)
	}
	if sh.cursor < 1 || sh.cursor > sh.n {
		return fmt.Errorf("cursor %d with %d cells", sh.cursor, sh.n)
	}
	if spare := len(sh.chunks)*len(chunk{}) - int(sh.n); spare < 0 || spare >= 2*len(chunk{}) {
		return fmt.Errorf("%d spare cells with %d in use", spare, sh.n)
	}
	return nil
}
