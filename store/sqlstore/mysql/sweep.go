package mysql

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sweepTimeout is how long a sweep may keep a write that has succeeded.
const sweepTimeout = 500 * time.Millisecond

// sweeper deletes what has expired, a few rows at a time, when a write comes by. It
// walks through the table by its primary key, as the table of Express has no other
// index, and then through the hints of the index of users. Of the writes of a
// process one sweeps at a time, and of all processes that use the table one
// deletes at a time; nobody waits for another.
type sweeper struct {
	due   atomic.Int64 // epoch nanoseconds
	turn  sync.Mutex   // only ever tried
	after string       // the id where the walk has come to
	hints bool         // the walk is at the hints
}

// put puts the next walk off.
func (w *sweeper) put(interval time.Duration) {
	w.due.Store(time.Now().Add(interval/2 + rand.N(interval+1)).UnixNano())
}

// run goes one step of the walk, if one is due. While there is more to go it stays
// due, so that each write does a part of it.
//
// An error is nobody's here: the write that came by has succeeded, and what keeps
// a sweep from working fails the next write as well. The walk is put off and goes
// on from where it was.
func (w *sweeper) run(ctx context.Context, s *Store) {
	if s.opts.SweepBatch < 0 || time.Now().UnixNano() < w.due.Load() || !w.turn.TryLock() {
		return
	}
	defer w.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	step := w.records
	if w.hints {
		step = w.users
	}
	if more, err := step(ctx, s); err != nil || !more {
		w.put(s.opts.SweepInterval)
	}
}

// records looks at the next records, deletes those that have expired, and reports
// whether the walk goes on.
func (w *sweeper) records(ctx context.Context, s *Store) (more bool, err error) {
	now := now()
	rows, err := s.db.QueryContext(ctx, s.sql.step, w.after, s.opts.SweepBatch)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	seen, args := 0, []any{now}
	last := w.after
	for ; rows.Next(); seen++ {
		var expires int64
		if err := rows.Scan(&last, &expires); err != nil {
			return false, err
		}
		if expires <= now {
			args = append(args, last)
		}
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	if expired := len(args) - 1; expired > 0 {
		query := s.sql.drop + "(" + strings.Repeat("?, ", expired-1) + "?)"
		if alone, err := s.alone(ctx, query, args); err != nil || !alone {
			return false, err
		}
	}
	if w.after = last; seen < s.opts.SweepBatch {
		w.after, w.hints = "", true
	}
	return true, nil
}

// users deletes hints that have expired. A walk ends when there are no more.
func (w *sweeper) users(ctx context.Context, s *Store) (more bool, err error) {
	result, err := s.db.ExecContext(ctx, s.sql.sweepUsers, time.Now().UnixMilli(), s.opts.SweepBatch)
	if err == nil {
		var n int64
		n, err = result.RowsAffected()
		more = n >= int64(s.opts.SweepBatch)
	}
	w.hints = more
	return more, err
}

// alone executes a statement unless another process is at the same, which it
// reports. Without the lock it would do no harm, only deadlock now and then; so
// where a server has none, as some clusters, it goes without.
func (s *Store) alone(ctx context.Context, query string, args []any) (done bool, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	var got sql.NullInt64
	lockErr := conn.QueryRowContext(ctx, s.sql.lock, s.opts.Table).Scan(&got)
	if lockErr == nil && got.Valid && got.Int64 == 0 {
		return false, nil
	}
	if _, err = conn.ExecContext(ctx, query, args...); lockErr == nil && got.Int64 == 1 {
		// The lock is the connection's, and must not go back to the pool with it.
		if conn.QueryRowContext(ctx, s.sql.unlock, s.opts.Table).Scan(&got) != nil {
			conn.Raw(func(any) error { return sqldriver.ErrBadConn })
		}
	}
	return err == nil, err
}
