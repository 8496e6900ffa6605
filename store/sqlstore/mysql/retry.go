package mysql

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

const (
	// retryTimeout is how long to try again when the context has no deadline.
	retryTimeout = 5 * time.Second

	firstPause = time.Millisecond
	maxPause   = 50 * time.Millisecond
)

// retry calls f until it returns anything but an error that says that nothing has
// happened and that another attempt may succeed, or until ctx is done.
func retry(ctx context.Context, f func() error) error {
	err := f()
	if !rolledBack(err) {
		return err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, retryTimeout)
		defer cancel()
	}
	for pause := firstPause; rolledBack(err); pause = min(2*pause, maxPause) {
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause/2 + rand.N(pause/2)):
			err = f()
		}
	}
	return err
}

// rolledBack reports whether the server has undone a statement for a reason that
// may be over.
func rolledBack(err error) bool {
	switch number(err) {
	case erLockDeadlock, erLockWaitTimeout, erCheckread:
		return true
	}
	return false
}

// exec executes a statement and returns how many rows it has inserted, deleted, or
// changed. Where a connection counts the rows that an UPDATE has found, those
// that it has left as they were are among them.
func (s *Store) exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = retry(ctx, func() error {
		result, err := s.db.ExecContext(ctx, query, args...)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return err
	})
	return n, err
}

// row reads a row into dest, or returns [sql.ErrNoRows]. A read may be repeated
// when the connection was lost under it, which a write may not: it may have had
// its effect.
func (s *Store) row(ctx context.Context, query string, args []any, dest ...any) error {
	read := func() error {
		return retry(ctx, func() error { return s.db.QueryRowContext(ctx, query, args...).Scan(dest...) })
	}
	err := read()
	if lost(err) && ctx.Err() == nil {
		err = read()
	}
	return err
}

// found reports whether a query has a row.
func (s *Store) found(ctx context.Context, query string, args ...any) (bool, error) {
	var one int
	err := s.row(ctx, query, args, &one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// lost reports whether the connection broke under a statement, but not that none
// can be made.
func lost(err error) bool {
	return errors.Is(err, driver.ErrInvalidConn) || number(err) == erConnectionKilled
}
