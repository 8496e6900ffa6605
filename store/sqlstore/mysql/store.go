package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/store"
)

// Store keeps sessions in a table of a database. It implements [store.Store],
// [store.Lister], [store.Counter], [store.Clearer] and [store.UserIndex].
type Store struct {
	db     *sql.DB
	ownsDB bool
	opts   Options
	sql    queries
	max    limits
	sweep  sweeper
	closed atomic.Bool
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
func newStore(db *sql.DB, o Options) *Store {
	s := &Store{db: db, opts: o, sql: queriesFor(o)}
	s.sweep.put(o.SweepInterval)
	return s
}

// DB returns the connections of the store. A program that has opened the store by
// its URL may use them for its other tables as well. They are closed with the
// store if it was [Open] or [Connect] that has made them.
func (s *Store) DB() *sql.DB { return s.db }

// Close closes the store, and the connections if the store has made them. What is
// under way is finished, later calls of other methods are errors that wrap
// [ErrClosed]. It may be called more than once.
func (s *Store) Close() error {
	if s.closed.Swap(true) || !s.ownsDB {
		return nil
	}
	return s.db.Close()
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	if err := s.check(store.CheckID(id)); err != nil {
		return store.Record{}, wrap(ctx, "get", err)
	}
	var data string
	var expires int64
	err := s.row(ctx, s.sql.get, []any{id, now()}, &data, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Record{}, wrap(ctx, "get", err)
	}
	return recordOf(data, expires), nil
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	err := s.write(ctx, id, s.checkData(data), func() error {
		return s.create(ctx, id, data, s.seconds(expires))
	})
	if err != nil {
		return "", wrap(ctx, "create", err)
	}
	return versionOf(data), nil
}

// create is one statement unless there is a row of that id. INSERT IGNORE would not
// fail then, but neither would it if data did not fit; and what ON DUPLICATE KEY
// UPDATE reports does not always tell what it has done.
func (s *Store) create(ctx context.Context, id, data string, expires int64) error {
	for {
		_, err := s.exec(ctx, s.sql.create, id, expires, data)
		if number(err) != erDupEntry {
			return err
		}
		now := now()
		replaced, err := s.exec(ctx, s.sql.replace, expires, data, id, now)
		if err != nil || replaced > 0 {
			return err
		}
		live, err := s.found(ctx, s.sql.exists, id, now)
		switch {
		case err != nil:
			return err
		case live:
			return store.ErrExists
		case expires <= now:
			return nil // it may be there as it should be, and over
		}
		// Somebody has deleted it meanwhile.
	}
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	before, ok := dataOf(base)
	err := s.write(ctx, id, s.checkData(data), func() error {
		now, seconds := now(), s.seconds(expires)
		if !ok {
			return s.unchanged(ctx, id, now, store.ErrConflict)
		}
		changed, err := s.exec(ctx, s.sql.save, seconds, data, id, now, hashOf(before))
		if err != nil || changed > 0 {
			return err
		}
		if before == data {
			// A connection may not count the row that stays as it was.
			if same, err := s.found(ctx, s.sql.holds, id, now, seconds, hashOf(data)); err != nil || same {
				return err
			}
		}
		return s.unchanged(ctx, id, now, store.ErrConflict)
	})
	if err != nil {
		return "", wrap(ctx, "save", err)
	}
	return versionOf(data), nil
}

// Touch implements [store.Store].
func (s *Store) Touch(ctx context.Context, id string, expires time.Time) error {
	return wrap(ctx, "touch", s.write(ctx, id, nil, func() error {
		now, seconds := now(), s.seconds(expires)
		changed, err := s.exec(ctx, s.sql.touch, seconds, id, now, seconds)
		if err != nil || changed > 0 {
			return err
		}
		return s.unchanged(ctx, id, now, nil)
	}))
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, base store.Version) error {
	before, ok := dataOf(base)
	return wrap(ctx, "delete", s.write(ctx, id, nil, func() error {
		if !ok {
			_, err := s.exec(ctx, s.sql.remove, id)
			return err
		}
		now := now()
		changed, err := s.exec(ctx, s.sql.removeVersion, id, now, hashOf(before))
		if err != nil || changed > 0 {
			return err
		}
		return s.unchanged(ctx, id, now, store.ErrConflict)
	}))
}

// unchanged says why a statement has changed no row: it returns there if id has a
// record, and ErrNotFound otherwise. It looks after the fact, when others may have
// been at work, but either answer was true at some instant since the call began.
func (s *Store) unchanged(ctx context.Context, id string, now int64, there error) error {
	found, err := s.found(ctx, s.sql.exists, id, now)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	if err == nil {
		err = there
	}
	return err
}

// write calls f if there is nothing wrong with the arguments. What succeeds does
// its part of the sweep as well.
func (s *Store) write(ctx context.Context, id string, invalid error, f func() error) error {
	if err := store.CheckID(id); err != nil {
		return err
	}
	return s.change(ctx, invalid, f)
}

// change is write without a look at an id.
func (s *Store) change(ctx context.Context, invalid error, f func() error) error {
	if err := s.check(invalid); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	s.sweep.run(ctx, s)
	return nil
}

// check adds to what is wrong with a call's arguments that the store is closed.
func (s *Store) check(invalid error) error {
	if invalid == nil && s.closed.Load() {
		return ErrClosed
	}
	return invalid
}

// checkData refuses what a server that is not strict would cut off.
func (s *Store) checkData(data string) error {
	if !utf8.ValidString(data) {
		return fmt.Errorf("%w: they are not UTF-8", ErrData)
	}
	if len(data) > s.max.data {
		return fmt.Errorf("%w: they have %d bytes, and the column takes %d", ErrData, len(data), s.max.data)
	}
	return nil
}

// now is this process's clock, as it is Express's with express-mysql-session: the
// server's is asked by neither.
func now() int64 { return time.Now().Unix() }

// seconds returns an instant as the column has it, rounded down, or the nearest
// that it can have.
func (s *Store) seconds(t time.Time) int64 {
	return min(max(t.Unix(), 0), s.max.expires)
}

func recordOf(data string, seconds int64) store.Record {
	return store.Record{Data: data, Expires: time.Unix(seconds, 0), Version: versionOf(data)}
}

// hashOf returns what the server makes of data with SHA2.
func hashOf(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}
