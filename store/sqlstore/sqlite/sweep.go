package sqlite

import (
	"sync/atomic"
	"time"
)

const (
	defaultSweepBatch    = 64
	defaultSweepInterval = time.Minute
)

// sweeper deletes what has expired in one table, a batch at a time, when a write
// comes by.
type sweeper struct {
	query    string
	batch    int64
	interval time.Duration
	due      atomic.Int64 // epoch milliseconds
}

func newSweeper(opts Options, query string) *sweeper {
	s := &sweeper{query: query, batch: int64(opts.SweepBatch), interval: opts.SweepInterval}
	if s.batch == 0 {
		s.batch = defaultSweepBatch
	}
	if s.interval == 0 {
		s.interval = defaultSweepInterval
	}
	return s
}

// run deletes a batch if a sweep is due, and reports whether it was. A batch
// that came out full leaves it due, so that a backlog shrinks by more with every
// write than the write adds to it.
//
// An error is nobody's here: the write that came by has succeeded, and what
// keeps a sweep from working fails the next write as well. It is tried again
// after the interval.
func (s *sweeper) run(c *conn, now time.Time) (due bool) {
	if s.batch < 0 || now.UnixMilli() < s.due.Load() {
		return false
	}
	deleted, err := c.exec(s.query, now.UnixMilli(), s.batch)
	if err != nil || deleted < s.batch {
		s.due.Store(now.Add(s.interval).UnixMilli())
	}
	return true
}
