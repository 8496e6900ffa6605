package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"iter"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// AddUserSession implements [store.UserIndex].
func (s *Store) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	millis := expires.UnixMilli()
	err := s.changeUser(ctx, user, store.CheckID(id), func(c *conn, now int64) error {
		if millis <= now {
			return nil
		}
		_, err := c.exec(s.sql.addUser, user, id, millis)
		return err
	})
	return wrap("add user session", err)
}

// RemoveUserSession implements [store.UserIndex].
func (s *Store) RemoveUserSession(ctx context.Context, user, id string) error {
	err := s.changeUser(ctx, user, store.CheckID(id), func(c *conn, _ int64) error {
		_, err := c.exec(s.sql.removeUser, user, id)
		return err
	})
	return wrap("remove user session", err)
}

// UserSessions implements [store.UserIndex]. It reads a page of some hundred ids
// at a time and holds nothing open while it yields.
func (s *Store) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		after := ""
		for {
			page, err := s.userPage(ctx, user, after)
			if err != nil {
				yield("", wrap("user sessions", err))
				return
			}
			for _, n := range page {
				// The loop may take its time.
				if err := ctx.Err(); err != nil {
					yield("", wrap("user sessions", err))
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
	rows, err := s.db.reader.QueryContext(ctx, s.sql.userPage, user, after, time.Now().UnixMilli(), pageRecords)
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
		return time.Time{}, wrap("not before", err)
	}
	var notBefore time.Time
	err := withConn(ctx, s.db.reader, func(c *conn) error {
		row := make([]driver.Value, 1)
		found, err := c.row(row, s.sql.notBefore, user)
		if err == nil && found {
			notBefore = time.UnixMilli(row[0].(int64))
		}
		return err
	})
	return notBefore, wrap("not before", err)
}

var errNoInstant = errors.New("the zero Time is no instant to set")

// SetNotBefore implements [store.UserIndex].
func (s *Store) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	millis, before, none := notBefore.UnixMilli(), base.UnixMilli(), time.Time{}.UnixMilli()
	var invalid error
	if millis == none {
		invalid = errNoInstant
	}
	err := s.changeUser(ctx, user, invalid, func(c *conn, _ int64) (err error) {
		var changed int64
		if before == none {
			changed, err = c.exec(s.sql.firstNotBefore, user, millis)
		} else {
			changed, err = c.exec(s.sql.replaceNotBefore, millis, user, before)
		}
		if err == nil && changed == 0 {
			err = store.ErrConflict
		}
		return err
	})
	return wrap("set not before", err)
}

// changeUser is change for what concerns a user. The error says what is wrong
// with the other arguments.
func (s *Store) changeUser(ctx context.Context, user string, invalid error, f func(c *conn, now int64) error) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	if err := s.check(invalid); err != nil {
		return err
	}
	return s.change(ctx, f)
}
