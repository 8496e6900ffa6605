package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// retryTimeout is how long to try again when the context has no deadline.
	retryTimeout = 5 * time.Second

	firstPause = time.Millisecond
	maxPause   = 50 * time.Millisecond
)

// retry calls f until it returns anything but an error that says that nothing has
// happened and that another attempt may succeed, or until ctx is done.
func (s *Store) retry(ctx context.Context, f func() error) error {
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

// rolledBack reports whether the server has undone a statement, or not begun it,
// for a reason that may be over.
func rolledBack(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "40001", // serialization_failure: the database's isolation is above READ COMMITTED
		"40P01", // deadlock_detected
		"26000": // invalid_sql_statement_name: somebody has deallocated what was prepared
		return true
	case "0A000": // feature_not_supported: the table was altered since the statement was prepared
		return strings.Contains(e.Message, "cached plan")
	}
	return false
}

// reread is retry for statements that change nothing. These may be repeated when
// the connection has broken as well, which shows only when it is used: after the
// server was restarted all those of the pool are broken. Those that have been idle for
// a second are checked by the pool before it hands them out.
func (s *Store) reread(ctx context.Context, f func() error) error {
	return s.retry(ctx, func() error {
		err := f()
		for range s.conns {
			if !broken(err) || ctx.Err() != nil {
				break
			}
			err = f()
		}
		return err
	})
}

// broken reports whether the connection was lost, but not that none can be made.
func broken(err error) bool {
	if err == nil {
		return false
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return false
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code == "57P01" // admin_shutdown: somebody has ended the connection
	}
	return pgconn.SafeToRetry(err) || lost(err)
}
