package operate

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/sojourn-dev/sojourn/store"
)

// The errors that a caller can test for with errors.Is.
var (
	// ErrCannotList: the store has no way to walk its records.
	ErrCannotList = errors.New("this store cannot list its sessions")
	// ErrAmbiguous: several sessions have ids that begin like that.
	ErrAmbiguous = errors.New("several sessions begin like that; give more of the id")
	// ErrTooShort: that little of an id names no session for certain.
	ErrTooShort = errors.New("give at least 6 characters of the id")
)

// Walk yields all sessions that are alive, in memory that does not grow with
// their number. After an error the sequence ends.
func Walk(ctx context.Context, s store.Store) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		l, ok := s.(store.Lister)
		if !ok {
			yield(Session{}, ErrCannotList)
			return
		}
		for r, err := range l.All(ctx) {
			if errors.Is(err, errors.ErrUnsupported) {
				err = ErrCannotList
			}
			if err != nil {
				yield(Session{}, err)
				return
			}
			if !yield(Read(r), nil) {
				return
			}
		}
	}
}

// Count returns how many sessions are alive.
func Count(ctx context.Context, s store.Store) (int, error) {
	if c, ok := s.(store.Counter); ok {
		n, err := c.Count(ctx)
		if !errors.Is(err, errors.ErrUnsupported) {
			return n, err
		}
	}
	return CountWhere(ctx, s, func(Session) bool { return true })
}

const minPrefix = 6

// Find returns the session whose id begins with prefix. The error is
// store.ErrNotFound, ErrAmbiguous or ErrTooShort, or that of the store.
func Find(ctx context.Context, s store.Store, prefix string) (Session, error) {
	if len(prefix) < minPrefix {
		return Session{}, ErrTooShort
	}
	r, err := s.Get(ctx, prefix)
	if err == nil {
		return Read(store.Stored{ID: prefix, Record: r}), nil
	}
	if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrInvalidID) {
		return Session{}, err
	}
	var found *Session
	for one, err := range Walk(ctx, s) {
		switch {
		case err != nil:
			return Session{}, fmt.Errorf("looking for the session: %w", err)
		case !one.hasPrefix(prefix):
		case found != nil:
			return Session{}, ErrAmbiguous
		default:
			found = &one
		}
	}
	if found == nil {
		return Session{}, store.ErrNotFound
	}
	return *found, nil
}

// CountWhere returns how many sessions are alive that meant says.
func CountWhere(ctx context.Context, s store.Store, meant func(Session) bool) (n int, err error) {
	for one, err := range Walk(ctx, s) {
		if err != nil {
			return 0, err
		}
		if meant(one) {
			n++
		}
	}
	return n, nil
}
