package postgres

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sojourn-dev/sojourn/store"
)

// Store keeps sessions in a table of a database. It implements [store.Store],
// [store.Lister], [store.Counter], [store.Clearer] and [store.UserIndex].
type Store struct {
	pool              *pgxpool.Pool
	ownsPool          bool
	conns             int // how many the pool has at most
	opts              Options
	sql               queries
	sweep, sweepUsers *sweeper
	closed            atomic.Bool
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Lister    = (*Store)(nil)
	_ store.Counter   = (*Store)(nil)
	_ store.Clearer   = (*Store)(nil)
	_ store.UserIndex = (*Store)(nil)
	_ io.Closer       = (*Store)(nil)
)

// newStore takes options that are complete.
func newStore(pool *pgxpool.Pool, o Options) *Store {
	s := &Store{pool: pool, conns: int(pool.Config().MaxConns), opts: o, sql: queriesFor(o)}
	s.sweep = newSweeper(o, s.sql.sweep, s.key("sweep"),
		func(t time.Time) any { return seconds(t) })
	s.sweepUsers = newSweeper(o, s.sql.sweepUsers, s.key("sweep users"),
		func(t time.Time) any { return t.UnixMilli() })
	return s
}

// Pool returns the connections of the store. A program that has opened the store
// by its URL may use them for its other tables as well, and for what needs a
// [database/sql.DB] give them to OpenDBFromPool of pgx's package stdlib. They are
// closed with the store if it was [Open] that has made them.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Close closes the store, and the connections if the store has made them. What is
// under way is finished, later calls of other methods are errors that wrap
// [ErrClosed]. It may be called more than once.
func (s *Store) Close() error {
	if !s.closed.Swap(true) && s.ownsPool {
		s.pool.Close()
	}
	return nil
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	var record store.Record
	err := s.check(store.CheckID(id))
	if err == nil {
		err = s.reread(ctx, func() error {
			var expires float64
			err := s.pool.QueryRow(ctx, s.sql.get, id, seconds(time.Now())).Scan(&record.Data, &expires)
			record = recordOf(record.Data, expires)
			return err
		})
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return store.Record{}, wrap(ctx, "get", store.ErrNotFound)
	case err != nil:
		return store.Record{}, wrap(ctx, "get", err)
	}
	return record, nil
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	err := s.write(ctx, id, checkData(data), func(now float64) error {
		return s.exec(ctx, store.ErrExists, s.sql.create, id, data, seconds(expires), now)
	})
	if err != nil {
		return "", wrap(ctx, "create", err)
	}
	return store.Version(data), nil
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	err := s.write(ctx, id, checkData(data), func(now float64) error {
		err := store.ErrConflict
		if checkData(string(base)) == nil { // else it is of no record that there can be
			err = s.exec(ctx, store.ErrConflict, s.sql.save, id, data, seconds(expires), string(base), now)
		}
		return s.why(ctx, err, id, now)
	})
	if err != nil {
		return "", wrap(ctx, "save", err)
	}
	return store.Version(data), nil
}

// Touch implements [store.Store].
func (s *Store) Touch(ctx context.Context, id string, expires time.Time) error {
	return wrap(ctx, "touch", s.write(ctx, id, nil, func(now float64) error {
		var found bool
		err := s.pool.QueryRow(ctx, s.sql.touch, id, seconds(expires), now).Scan(&found)
		if err == nil && !found {
			err = store.ErrNotFound
		}
		return err
	}))
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, base store.Version) error {
	return wrap(ctx, "delete", s.write(ctx, id, nil, func(now float64) error {
		if base == "" {
			return s.exec(ctx, nil, s.sql.remove, id)
		}
		err := store.ErrConflict
		if checkData(string(base)) == nil {
			err = s.exec(ctx, store.ErrConflict, s.sql.removeVersion, id, string(base), now)
		}
		return s.why(ctx, err, id, now)
	}))
}

// exec executes a statement, and returns unchanged if it has changed no row.
func (s *Store) exec(ctx context.Context, unchanged error, query string, args ...any) error {
	tag, err := s.pool.Exec(ctx, query, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = unchanged
	}
	return err
}

// why makes a conflict ErrNotFound if id has no record. It looks after the fact,
// when others may have been at work, but either answer was true at some instant
// since the call began. One statement could not tell: what it reads is as old as
// its beginning, while its write has waited for whoever had the row.
func (s *Store) why(ctx context.Context, err error, id string, now float64) error {
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	var found bool
	if err := s.pool.QueryRow(ctx, s.sql.exists, id, now).Scan(&found); err != nil {
		return err
	}
	if !found {
		return store.ErrNotFound
	}
	return store.ErrConflict
}

// write calls f with the time, until it is not rolled back. What succeeds does its
// part of the sweep as well: a batch of records, or else one of hints. The error
// says what is wrong with the other arguments.
func (s *Store) write(ctx context.Context, id string, invalid error, f func(now float64) error) error {
	if err := store.CheckID(id); err != nil {
		return err
	}
	return s.change(ctx, invalid, f)
}

// change is write without a look at an id.
func (s *Store) change(ctx context.Context, invalid error, f func(now float64) error) error {
	if err := s.check(invalid); err != nil {
		return err
	}
	err := s.retry(ctx, func() error { return f(seconds(time.Now())) })
	if err == nil && !s.sweep.run(ctx, s.pool) {
		s.sweepUsers.run(ctx, s.pool)
	}
	return err
}

// check adds to what is wrong with a call's arguments that the store is closed.
func (s *Store) check(invalid error) error {
	if invalid == nil && s.closed.Load() {
		return ErrClosed
	}
	return invalid
}

var errNotText = errors.New("data are not UTF-8 without zero bytes, which is all that a column can hold")

// checkData says what the driver or the server would, without repeating it.
func checkData(data string) error {
	if strings.IndexByte(data, 0) >= 0 || !utf8.ValidString(data) {
		return errNotText
	}
	return nil
}

func recordOf(data string, expires float64) store.Record {
	return store.Record{Data: data, Expires: instant(expires), Version: store.Version(data)}
}

// latest is the last second of the year 9999. What is to expire later expires then.
const latest = 253402300799

// seconds returns an instant as to_timestamp takes it: epoch seconds, here with
// milliseconds, rounded down. What is before the epoch is the epoch.
func seconds(t time.Time) float64 {
	switch {
	case t.Unix() < 0:
		return 0
	case t.Unix() > latest:
		return latest
	}
	return float64(t.UnixMilli()) / 1000
}

// instant is the reverse of seconds. The expiry of a record that somebody else has
// written may be infinity.
func instant(seconds float64) time.Time {
	return time.UnixMilli(int64(math.Round(min(seconds, latest) * 1000)))
}
