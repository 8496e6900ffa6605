package mysql

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// AddUserSession implements [store.UserIndex].
func (s *Store) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	return wrap(ctx, "add user session", s.changeUser(ctx, user, store.CheckID(id), func() error {
		millis := expires.UnixMilli()
		if millis <= time.Now().UnixMilli() {
			return ctx.Err()
		}
		_, err := s.exec(ctx, s.sql.addUser, user, id, millis, millis)
		return err
	}))
}

// RemoveUserSession implements [store.UserIndex].
func (s *Store) RemoveUserSession(ctx context.Context, user, id string) error {
	return wrap(ctx, "remove user session", s.changeUser(ctx, user, store.CheckID(id), func() error {
		_, err := s.exec(ctx, s.sql.removeUser, user, id)
		return err
	}))
}

// UserSessions implements [store.UserIndex]. It reads a page of some hundred ids at
// a time and holds nothing while it yields.
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
				if n.expires > time.Now().UnixMilli() && !yield(n.id, nil) {
					return
				}
			}
			if len(page) < pageRecords {
				return
			}
			after = page[len(page)-1].id
		}
	}
}

// noted is a session of a user.
type noted struct {
	id      string
	expires int64 // epoch milliseconds
}

// userPage returns those of a user's sessions whose ids follow the given one.
func (s *Store) userPage(ctx context.Context, user, after string) ([]noted, error) {
	if err := s.check(store.CheckUser(user)); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, s.sql.userPage, user, after, time.Now().UnixMilli(), pageRecords)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []noted
	for rows.Next() {
		var n noted
		if err := rows.Scan(&n.id, &n.expires); err != nil {
			return nil, err
		}
		page = append(page, n)
	}
	return page, rows.Err()
}

// NotBefore implements [store.UserIndex].
func (s *Store) NotBefore(ctx context.Context, user string) (time.Time, error) {
	if err := s.check(store.CheckUser(user)); err != nil {
		return time.Time{}, wrap(ctx, "not before", err)
	}
	var millis int64
	err := s.row(ctx, s.sql.notBefore, []any{user}, &millis)
	switch {
	case errors.Is(err, sql.ErrNoRows):
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
	return wrap(ctx, "set not before", s.changeUser(ctx, user, invalid, func() error {
		if before == none {
			_, err := s.exec(ctx, s.sql.firstNotBefore, user, millis)
			if number(err) == erDupEntry {
				err = store.ErrConflict
			}
			return err
		}
		changed, err := s.exec(ctx, s.sql.replaceNotBefore, millis, user, before)
		if err != nil || changed > 0 {
			return err
		}
		// A connection may not count the row that stays as it was.
		var current int64
		if millis == before {
			err = s.row(ctx, s.sql.notBefore, []any{user}, &current)
		}
		if err == nil && millis == before && current == millis {
			return nil
		}
		if err == nil || errors.Is(err, sql.ErrNoRows) {
			err = store.ErrConflict
		}
		return err
	}))
}

// changeUser is change for what concerns a user. The error says what is wrong with
// the other arguments.
func (s *Store) changeUser(ctx context.Context, user string, invalid error, f func() error) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return s.change(ctx, invalid, f)
}
