package memory

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// What is noted of a session lies in the shard of its record, and a user's
// instant in the shard that the user's name hashes to. So there are never two
// locks to hold, and what is noted of a user with many sessions is spread over
// all shards.

// AddUserSession implements [store.UserIndex]. An id that has no record is not
// noted, and what is noted of a session goes when its record goes.
func (s *Store) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	if err := checkBoth(ctx, user, id); err != nil {
		return err
	}
	_, userHash := s.locate(user)
	sh, hash := s.locate(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	now := time.Now()
	sh.sweep(now)
	i, err := sh.live(hash, id, now)
	if err != nil || !expires.After(now) {
		return nil
	}
	if sh.notes == nil {
		sh.notes = newNotes()
	}
	if tag, ok := sh.tag(i); ok {
		sh.notes.add(hash, tag, user, userHash, nanos(expires))
	}
	return nil
}

// RemoveUserSession implements [store.UserIndex].
func (s *Store) RemoveUserSession(ctx context.Context, user, id string) error {
	if err := checkBoth(ctx, user, id); err != nil {
		return err
	}
	sh, hash := s.locate(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	sh.sweep(time.Now())
	record := sh.find(hash, id)
	if record == none {
		return nil
	}
	tag := sh.at(record).tag
	if tag == untagged {
		return nil
	}
	if i := sh.notes.lookup(hash, tag, user); i != none {
		sh.notes.drop(i)
	}
	return nil
}

// UserSessions implements [store.UserIndex]. It copies what one part of the
// store has noted of the user, which is a 64th of it unless the store is small,
// and holds no lock while the caller looks at that.
func (s *Store) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := store.CheckUser(user); err != nil {
			yield("", err)
			return
		}
		_, hash := s.locate(user)
		var batch []noted
		for i := range s.shards {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			batch = s.shards[i].noted(batch[:0], hash, user)
			for _, n := range batch {
				// The loop may take its time.
				if err := ctx.Err(); err != nil {
					yield("", err)
					return
				}
				if time.Now().UnixNano() < n.expires && !yield(strings.Clone(n.id), nil) {
					return
				}
			}
		}
	}
}

// noted is a session of a user.
type noted struct {
	id      string // a piece of the record's text, which must not live on
	expires int64  // Unix nanoseconds
}

// noted appends what the shard has noted of a user.
func (sh *shard) noted(to []noted, hash uint32, user string) []noted {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if sh.notes == nil {
		return to
	}
	owner := sh.notes.owner(hash, user)
	if owner == none {
		return to
	}
	for i := sh.notes.at(owner).newer; !sh.notes.owns(i); i = sh.notes.at(i).newer {
		e := sh.notes.at(i)
		to = append(to, noted{sh.at(sh.tagged(e.hash, e.tag)).id(), e.expires})
	}
	return to
}

// noInstant stands for none, in Unix milliseconds, where an instant is compared.
func noInstant() int64 { return time.Time{}.UnixMilli() }

var errNoInstant = errors.New("the zero Time is no instant to set")

// NotBefore implements [store.UserIndex]. It does not allocate.
func (s *Store) NotBefore(ctx context.Context, user string) (time.Time, error) {
	if err := checkUser(ctx, user); err != nil {
		return time.Time{}, err
	}
	sh, _ := s.locate(user)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if millis, ok := sh.instants[user]; ok {
		return time.UnixMilli(millis), nil
	}
	return time.Time{}, nil
}

// SetNotBefore implements [store.UserIndex].
func (s *Store) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	if err := checkUser(ctx, user); err != nil {
		return err
	}
	if notBefore.UnixMilli() == noInstant() {
		return errNoInstant
	}
	sh, _ := s.locate(user)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	sh.sweep(time.Now())
	current, ok := sh.instants[user]
	if !ok {
		current = noInstant()
	}
	if base.UnixMilli() != current {
		return store.ErrConflict
	}
	if sh.instants == nil {
		sh.instants = make(map[string]int64)
	}
	// A map takes over the key even if it has an equal one, and the name may
	// be a piece of a request.
	sh.instants[strings.Clone(user)] = notBefore.UnixMilli()
	return nil
}

func checkUser(ctx context.Context, user string) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return ctx.Err()
}

func checkBoth(ctx context.Context, user, id string) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return check(ctx, id)
}
