package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// DefaultTable is the table in which sessions are kept unless
// [Options.Table] says otherwise. It is connect-sqlite3's default as well.
const DefaultTable = "sessions"

// Options are the settings of [New]. The zero value is a good choice.
type Options struct {
	// Table is the name of the table, which is created if it does not
	// exist. "" means [DefaultTable]. The names of the tables that serve the
	// index of users begin with it.
	Table string

	// SweepBatch is the most expired records, or hints of the index of users,
	// that one write deletes.
	// 0 means 64. A negative number turns the sweep off; expired records
	// then stay until somebody else deletes them, but no method returns
	// them.
	SweepBatch int

	// SweepInterval is the pause after a sweep that found no more than it
	// could delete at once. 0 means a minute.
	SweepInterval time.Duration
}

// Store keeps sessions in a table of a database file. It implements
// [store.Store], [store.Lister], [store.Counter], [store.Clearer] and
// [store.UserIndex].
type Store struct {
	db                *DB
	ownsDB            bool
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

var errClosed = errors.New("store is closed")

// Open opens a store in the database file at path, which it creates if there
// is none, with default settings. Closing the store closes the file.
func Open(path string) (*Store, error) {
	db, err := OpenDB(path, DBOptions{})
	if err != nil {
		return nil, err
	}
	s, err := New(db, Options{})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.ownsDB = true
	return s, nil
}

// New returns a store in db and creates those of its tables that are not
// there. Closing the store leaves db open.
func New(db *DB, opts Options) (*Store, error) {
	if opts.Table == "" {
		opts.Table = DefaultTable
	}
	if strings.ContainsRune(opts.Table, 0) {
		return nil, errors.New("sqlite: Options.Table contains a zero byte")
	}
	if opts.SweepInterval < 0 {
		return nil, errors.New("sqlite: Options.SweepInterval is negative")
	}
	q := queriesFor(opts.Table)
	s := &Store{db: db, sql: q, sweep: newSweeper(opts, q.sweep), sweepUsers: newSweeper(opts, q.sweepUsers)}
	if err := s.prepare(context.Background(), opts.Table); err != nil {
		return nil, fmt.Errorf("sqlite: prepare tables: %w", err)
	}
	return s, nil
}

// prepare creates the tables. It makes the connection that writes ready for
// every statement too, which shows whether a table that was there is ours.
func (s *Store) prepare(ctx context.Context, table string) error {
	if _, err := s.db.writer.ExecContext(ctx, expander(table)(definition)); err != nil {
		return err
	}
	return withConn(ctx, s.db.writer, func(c *conn) error {
		for _, q := range []string{
			s.sql.get, s.sql.exists, s.sql.create, s.sql.save, s.sql.touch,
			s.sql.remove, s.sql.removeVersion, s.sql.sweep, s.sql.page,
			s.sql.addUser, s.sql.removeUser, s.sql.userPage, s.sql.sweepUsers,
			s.sql.notBefore, s.sql.firstNotBefore, s.sql.replaceNotBefore,
		} {
			if _, err := c.prepare(q); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close closes the store, and the database file if the store has opened it.
// What is under way is finished, later calls of other methods are errors. It
// may be called more than once.
func (s *Store) Close() error {
	if s.closed.Swap(true) || !s.ownsDB {
		return nil
	}
	return s.db.Close()
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	var record store.Record
	err := s.read(ctx, id, func(c *conn, now int64) error {
		row := make([]driver.Value, 2)
		found, err := c.row(row, s.sql.get, id, now)
		if err != nil {
			return err
		}
		if !found {
			return store.ErrNotFound
		}
		record = recordOf(row[0].(string), row[1].(int64))
		return nil
	})
	return record, wrap("get", err)
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	err := s.write(ctx, id, func(c *conn, now int64) error {
		changed, err := c.exec(s.sql.create, id, data, expires.UnixMilli(), now)
		if err == nil && changed == 0 {
			err = store.ErrExists
		}
		return err
	})
	if err != nil {
		return "", wrap("create", err)
	}
	return versionOf(data), nil
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	before, ok := dataOf(base)
	err := s.write(ctx, id, func(c *conn, now int64) error {
		if !ok {
			return s.unchanged(c, id, now, store.ErrConflict)
		}
		changed, err := c.exec(s.sql.save, data, expires.UnixMilli(), id, before, now)
		if err == nil && changed == 0 {
			err = s.unchanged(c, id, now, store.ErrConflict)
		}
		return err
	})
	if err != nil {
		return "", wrap("save", err)
	}
	return versionOf(data), nil
}

// Touch implements [store.Store].
func (s *Store) Touch(ctx context.Context, id string, expires time.Time) error {
	millis := expires.UnixMilli()
	err := s.write(ctx, id, func(c *conn, now int64) error {
		changed, err := c.exec(s.sql.touch, millis, id, millis, now)
		if err == nil && changed == 0 {
			err = s.unchanged(c, id, now, nil)
		}
		return err
	})
	return wrap("touch", err)
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, base store.Version) error {
	before, ok := dataOf(base)
	err := s.write(ctx, id, func(c *conn, now int64) error {
		if !ok {
			_, err := c.exec(s.sql.remove, id)
			return err
		}
		changed, err := c.exec(s.sql.removeVersion, id, before, now)
		if err == nil && changed == 0 {
			err = s.unchanged(c, id, now, store.ErrConflict)
		}
		return err
	})
	return wrap("delete", err)
}

// unchanged says why a statement has changed no row: it returns there if id has
// a record, and ErrNotFound otherwise. It looks after the fact, when another
// process may have been at work, but either answer was true at some instant
// since the call began.
func (s *Store) unchanged(c *conn, id string, now int64, there error) error {
	found, err := c.row(make([]driver.Value, 1), s.sql.exists, id, now)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	if err == nil {
		err = there
	}
	return err
}

// read calls f with a connection that reads and the time in milliseconds.
func (s *Store) read(ctx context.Context, id string, f func(c *conn, now int64) error) error {
	if err := s.check(store.CheckID(id)); err != nil {
		return err
	}
	return withConn(ctx, s.db.reader, func(c *conn) error {
		return f(c, time.Now().UnixMilli())
	})
}

// write calls f with the connection that writes and the time at which its turn
// has come.
func (s *Store) write(ctx context.Context, id string, f func(c *conn, now int64) error) error {
	if err := s.check(store.CheckID(id)); err != nil {
		return err
	}
	return s.change(ctx, f)
}

// change is write without a look at an id. What succeeds does its part of the
// sweep as well: a batch of records, or else one of hints.
func (s *Store) change(ctx context.Context, f func(c *conn, now int64) error) error {
	return withConn(ctx, s.db.writer, func(c *conn) error {
		now := time.Now()
		if err := f(c, now.UnixMilli()); err != nil {
			return err
		}
		if !s.sweep.run(c, now) {
			s.sweepUsers.run(c, now)
		}
		return nil
	})
}

// check adds to what is wrong with a call's arguments that the store is closed.
func (s *Store) check(invalid error) error {
	if invalid == nil && s.closed.Load() {
		return errClosed
	}
	return invalid
}

func recordOf(data string, millis int64) store.Record {
	return store.Record{Data: data, Expires: time.UnixMilli(millis), Version: versionOf(data)}
}

// wrap says what was being done.
func wrap(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlite: %s: %w", operation, err)
}
