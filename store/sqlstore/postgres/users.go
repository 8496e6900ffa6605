package postgres

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sojourn-dev/sojourn/store"
)

// AddUserSession implements [store.UserIndex].
func (s *Store) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	err := s.changeUser(ctx, user, store.CheckID(id), func() error {
		if !expires.After(time.Now()) {
			return nil
		}
		return s.exec(ctx, nil, s.sql.addUser, user, id, expires.UnixMilli())
	})
	return wrap(ctx, "add user session", err)
}

// RemoveUserSession implements [store.UserIndex].
func (s *Store) RemoveUserSession(ctx context.Context, user, id string) error {
	err := s.changeUser(ctx, user, store.CheckID(id), func() error {
		return s.exec(ctx, nil, s.sql.removeUser, user, id)
	})
	return wrap(ctx, "remove user session", err)
}

// UserSessions implements [store.UserIndex]. It reads a page of some hundred ids
// at a time and holds nothing open while it yields.
func (s *Store) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		after := ""
		for {
			page, err := s.userPage(ctx, user, after)
			if err != nil {
				yield("", wrap(ctx, "user sessions", err))
				return
			}
			for _, n := range page {
				// The loop may take its time.
				if err := ctx.Err(); err != nil {
					yield("", wrap(ctx, "user sessions", err))
					return
				}
				if n.Expires > time.Now().UnixMilli() && !yield(n.ID, nil) {
					return
				}
			}
			if len(page) < pageRecords {
				return
			}
			after = page[len(page)-1].ID
		}
	}
}

// noted is a session of a user.
type noted struct {
	ID      string
	Expires int64 // epoch milliseconds
}

// userPage returns those of a user's sessions whose ids follow the given one.
func (s *Store) userPage(ctx context.Context, user, after string) (page []noted, err error) {
	if err := s.check(store.CheckUser(user)); err != nil {
		return nil, err
	}
	err = s.reread(ctx, func() error {
		rows, err := s.pool.Query(ctx, s.sql.userPage, user, after, time.Now().UnixMilli(), pageRecords)
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, pgx.RowToStructByPos[noted])
		return err
	})
	return page, err
}

// NotBefore implements [store.UserIndex].
func (s *Store) NotBefore(ctx context.Context, user string) (time.Time, error) {
	var millis int64
	err := s.check(store.CheckUser(user))
	if err == nil {
		err = s.reread(ctx, func() error {
			return s.pool.QueryRow(ctx, s.sql.notBefore, user).Scan(&millis)
		})
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, wrap(ctx, "not before", err)
	}
	return time.UnixMilli(millis), nil
}

var errNoInstant = errors.New("the zero Time is no instant to set")

// SetNotBefore implements [store.UserIndex].
func (s *Store) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	millis, before, none := notBefore.UnixMilli(), base.UnixMilli(), time.Time{}.UnixMilli()
	var invalid error
	if millis == none {
		invalid = errNoInstant
	}
	err := s.changeUser(ctx, user, invalid, func() error {
		if before == none {
			return s.exec(ctx, store.ErrConflict, s.sql.firstNotBefore, user, millis)
		}
		return s.exec(ctx, store.ErrConflict, s.sql.replaceNotBefore, user, millis, before)
	})
	return wrap(ctx, "set not before", err)
}

// changeUser is change for what concerns a user. The error says what is wrong with
// the other arguments.
func (s *Store) changeUser(ctx context.Context, user string, invalid error, f func() error) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return s.change(ctx, invalid, func(float64) error { return f() })
}
