package mongostore

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// sweepTimeout is how long a sweep may keep a write that has succeeded.
const sweepTimeout = 500 * time.Millisecond

// sweeper deletes what has expired where the server does not, a few documents at a
// time, when a write comes by. It walks through the collections by their ids, which
// always have an index. Of the writes of a process one sweeps at a time. Of all
// processes one walks at a time: whoever moves the instant in a document of its own
// has the walk, until the instant has come.
type sweeper struct {
	sessions, users bool // the server does not do it

	due   atomic.Int64 // epoch nanoseconds
	turn  sync.Mutex   // only ever tried
	walks bool         // the walk is this process's
	hints bool         // it is at the hints
	after string       // the id where it has come to
}

// put puts the next walk off.
func (w *sweeper) put(interval time.Duration) {
	w.due.Store(time.Now().Add(interval/2 + rand.N(interval+1)).UnixNano())
}

// run goes one step of the walk, if one is due. While there is more to go it stays due,
// so that each write does a part of it.
//
// An error is nobody's here: the write that came by has succeeded, and what keeps a
// sweep from working fails the next write as well. The walk is put off and goes on
// from where it was.
func (w *sweeper) run(ctx context.Context, s *Store) {
	if !w.sessions && !w.users || s.opts.SweepBatch < 0 || time.Now().UnixNano() < w.due.Load() || !w.turn.TryLock() {
		return
	}
	defer w.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	if more, err := w.step(ctx, s); err != nil || !more {
		w.walks = false
		w.put(s.opts.SweepInterval)
	}
}

// step goes on with the walk, and reports whether there is more to go.
func (w *sweeper) step(ctx context.Context, s *Store) (more bool, err error) {
	if !w.walks {
		w.walks, err = s.takeWalk(ctx)
		return w.walks, err
	}
	c := s.sessions
	if w.hints = w.hints || !w.sessions; w.hints {
		c = s.users
	}
	last, err := sweepPage(ctx, c, w.after, s.opts.SweepBatch)
	if err != nil {
		return false, err
	}
	if w.after = last; last != "" {
		return true, nil
	}
	w.hints = !w.hints && w.users
	return w.hints, nil
}

// sweepPage looks at the next documents, deletes those that have expired, and returns
// the last id, or "" at the end.
func sweepPage(ctx context.Context, c *mongo.Collection, after string, n int) (last string, err error) {
	now := now()
	cursor, err := c.Find(ctx, bson.D{{Key: fieldID, Value: bson.D{{Key: "$gt", Value: after}}}}, options.Find().
		SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(int64(n)).SetBatchSize(int32(n)+1).
		SetProjection(bson.D{{Key: fieldExpires, Value: 1}}))
	if err != nil {
		return "", err
	}
	var page []struct {
		ID      bson.RawValue `bson:"_id"`
		Expires bson.RawValue `bson:"expires"`
	}
	if err := cursor.All(ctx, &page); err != nil {
		return "", err
	}
	expired := bson.A{}
	for _, doc := range page {
		last, _ = doc.ID.StringValueOK()
		if millis, ok := doc.Expires.DateTimeOK(); ok && millis <= int64(now) {
			expired = append(expired, doc.ID)
		}
	}
	if len(expired) > 0 {
		// Whoever has been touched or replaced meanwhile stays.
		_, err = c.DeleteMany(ctx, bson.D{
			{Key: fieldID, Value: bson.D{{Key: "$in", Value: expired}}},
			{Key: fieldExpires, Value: bson.D{{Key: "$lte", Value: now}}},
		})
	}
	if len(page) < n {
		last = ""
	}
	return last, err
}

// fieldUntil is when the walk of a process is over.
const fieldUntil = "until"

// takeWalk takes the walk unless another process has it, which it reports. It is taken
// for half an interval, the shortest pause: a process that dies leaves it until then.
func (s *Store) takeWalk(ctx context.Context) (taken bool, err error) {
	c := collection(s.db, s.opts.Collection+sweepSuffix, s.opts)
	until := instant(time.Now().Add(s.opts.SweepInterval / 2))
	_, err = c.UpdateOne(ctx,
		bson.D{{Key: fieldID, Value: s.opts.Collection}, {Key: fieldUntil, Value: bson.D{{Key: "$lte", Value: now()}}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: fieldUntil, Value: until}}}},
		options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		return false, nil // it is there, and its time has not come
	}
	return err == nil, err
}
