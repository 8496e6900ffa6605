package postgres

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// sweepTimeout is how long a sweep may keep a write that has succeeded.
const sweepTimeout = 500 * time.Millisecond

// sweeper deletes what has expired in one table, a batch at a time, when a write
// comes by. Of all processes that use the table one sweeps at a time, and of the
// writes of a process one; nobody waits for it.
type sweeper struct {
	query    string
	at       func(time.Time) any // the time as the table has it
	batch    int64
	lock     int64 // number of the advisory lock
	interval time.Duration
	due      atomic.Int64 // epoch nanoseconds
}

func newSweeper(o Options, query string, lock int64, at func(time.Time) any) *sweeper {
	return &sweeper{query: query, at: at, batch: int64(o.SweepBatch), lock: lock, interval: o.SweepInterval}
}

// run deletes a batch if a sweep is due, and reports whether it was. A batch that
// came out full leaves it due, so that a backlog shrinks by more with every write
// than the write adds to it.
//
// An error is nobody's here: the write that came by has succeeded, and what keeps
// a sweep from working fails the next write as well. It is tried again after the
// interval.
func (s *sweeper) run(ctx context.Context, pool *pgxpool.Pool) (due bool) {
	now, next := time.Now(), s.due.Load()
	if s.batch < 0 || now.UnixNano() < next {
		return false
	}
	pause := s.interval/2 + rand.N(s.interval)
	if !s.due.CompareAndSwap(next, now.Add(pause).UnixNano()) {
		return true // another write is at it
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	tag, err := pool.Exec(ctx, s.query, s.at(now), s.batch, s.lock)
	if err == nil && tag.RowsAffected() >= s.batch {
		s.due.Store(0)
	}
	return true
}
