package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Revoke ends one session, whatever is being stored in it.
func Revoke(ctx context.Context, s store.Store, one Session) error {
	if err := s.Delete(ctx, one.ID, ""); err != nil {
		return err
	}
	if index, ok := s.(store.UserIndex); ok && one.bound {
		err := index.RemoveUserSession(ctx, one.User, one.ID)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("it is ended, but still listed as its user's: %w", err)
		}
	}
	return nil
}

// RevokeWhere ends all sessions that meant says, and returns how many those were.
// progress, if not nil, is told how many were looked at.
func RevokeWhere(ctx context.Context, s store.Store, meant func(Session) bool, progress func(looked int)) (ended int, err error) {
	looked := 0
	for one, err := range Walk(ctx, s) {
		if err != nil {
			return ended, err
		}
		if looked++; progress != nil {
			progress(looked)
		}
		if !meant(one) {
			continue
		}
		if err := Revoke(ctx, s, one); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// RevokeUser ends all sessions that are bound to a user with a single write,
// where the store has an index of users, and removes those that are listed. It
// does not find sessions that were never bound: RevokeWhere does.
func RevokeUser(ctx context.Context, s store.Store, user string) (ended int, err error) {
	index, ok := s.(store.UserIndex)
	if !ok || store.CheckUser(user) != nil {
		return 0, nil
	}
	if err := endBound(ctx, index, user); err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			return 0, nil
		}
		return 0, err
	}
	for id, err := range index.UserSessions(ctx, user) {
		if err != nil {
			return ended, err
		}
		r, err := s.Get(ctx, id)
		alive := err == nil
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return ended, err
		}
		one := Read(store.Stored{ID: id, Record: r})
		if alive && one.bound && one.User != user {
			continue // somebody else's by now
		}
		one.User, one.bound = user, true
		if err := Revoke(ctx, s, one); err != nil {
			return ended, err
		}
		if alive {
			ended++
		}
	}
	return ended, nil
}

// endBound sets the user's instant to a later one.
func endBound(ctx context.Context, index store.UserIndex, user string) error {
	for {
		base, err := index.NotBefore(ctx, user)
		if err != nil {
			return err
		}
		next := time.Now().Truncate(time.Millisecond)
		if !next.After(base) {
			next = base.Add(time.Millisecond)
		}
		if err := index.SetNotBefore(ctx, user, next, base); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}
