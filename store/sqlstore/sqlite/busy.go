package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// lockTimeout is how long to wait for the lock of another process when
	// the context sets no deadline.
	lockTimeout = 5 * time.Second

	firstPause = time.Millisecond
	maxPause   = 20 * time.Millisecond
)

// retry calls f until it returns anything but SQLITE_BUSY, the sign that
// another process has the lock, or until ctx is done.
//
// SQLite can wait by itself (PRAGMA busy_timeout), but sleeps through the end
// of a context then.
func retry(ctx context.Context, f func() error) error {
	err := f()
	if !isBusy(err) {
		return err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lockTimeout)
		defer cancel()
	}
	for pause := firstPause; isBusy(err); pause = min(2*pause, maxPause) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(jitter(pause)):
			err = f()
		}
	}
	return err
}

// jitter returns a half to the whole of d, so that two processes do not keep
// running into each other.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
