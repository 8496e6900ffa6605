package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"runtime"

	"modernc.org/sqlite"
)

// DBOptions are the settings of [OpenDB]. The zero value is a good choice.
type DBOptions struct {
	// FullSync makes every write wait until the disk has it, so that not even
	// a power failure loses one (PRAGMA synchronous = FULL). By default only
	// checkpoints wait for the disk (NORMAL): a power failure may then undo
	// the last writes, the death of the process never does.
	FullSync bool

	// MaxReaders is the most connections that read at the same time.
	// 0 means one for each processor, but no fewer than four.
	MaxReaders int
}

func (o DBOptions) maxReaders() int {
	if o.MaxReaders == 0 {
		return max(4, runtime.GOMAXPROCS(0))
	}
	return o.MaxReaders
}

// DB is an open database file: one connection that writes and a pool of those
// that read. A program shares it between its own tables and a [Store]. All its
// methods are safe for concurrent use.
type DB struct {
	writer, reader *sql.DB
}

// OpenDB opens the database file at path, in WAL mode, and creates it if there
// is none, readable by its owner only. A file that exists keeps its mode. The
// path is a plain one, in which no character has a special meaning; it is not
// a URI and not ":memory:".
func OpenDB(path string, opts DBOptions) (*DB, error) {
	if opts.MaxReaders < 0 {
		return nil, errors.New("sqlite: DBOptions.MaxReaders is negative")
	}
	path, err := absolute(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := ensureFile(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db, err := connect(path, opts)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	return db, nil
}

// Writer returns the database for writing. It has a single connection, as
// SQLite has a single writer, and its transactions begin with BEGIN IMMEDIATE:
// keep them short, for all writes of sessions wait meanwhile. Waiting for the
// lock of another process ends with the context of the call, or after five
// seconds when that has no deadline.
func (db *DB) Writer() *sql.DB { return db.writer }

// Reader returns the database for reading. Its connections refuse to write.
func (db *DB) Reader() *sql.DB { return db.reader }

// Close closes all connections. It may be called more than once.
func (db *DB) Close() error {
	// The writer comes last: the last connection to go copies the
	// write-ahead log into the database, and readers may not write.
	return errors.Join(db.reader.Close(), db.writer.Close())
}

func connect(path string, opts DBOptions) (*DB, error) {
	settings := url.Values{
		"mode":          {"rw"}, // the file is there; a new one would get the wrong mode
		"_journal_mode": {"WAL"},
		"_synchronous":  {"NORMAL"},
		"_txlock":       {"immediate"},
		"_error_rc":     {"1"}, // no message of an earlier error
	}
	if opts.FullSync {
		settings.Set("_synchronous", "FULL")
	}
	writer, err := openPool(path, settings, 1)
	if err != nil {
		return nil, err
	}
	settings.Set("_query_only", "1")
	settings.Set("_txlock", "deferred")
	reader, err := openPool(path, settings, opts.maxReaders())
	if err != nil {
		writer.Close()
		return nil, err
	}
	db := &DB{writer: writer, reader: reader}
	if err := db.check(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openPool(path string, settings url.Values, size int) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dataSource(path, settings))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector{c})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// check opens the writer's connection and finds out early what would fail late.
func (db *DB) check() error {
	return withConn(context.Background(), db.writer, func(c *conn) error {
		readOnly, err := c.IsReadOnly("main")
		if err != nil {
			return err
		}
		if readOnly {
			return errors.New("the file is read-only")
		}
		return checkWAL(c)
	})
}

// checkWAL reports a file that cannot have a write-ahead log. SQLite does not
// call that an error and stays in the mode that the file was in.
func checkWAL(c *conn) error {
	mode := make([]driver.Value, 1)
	if _, err := c.row(mode, "PRAGMA journal_mode"); err != nil {
		return err
	}
	if mode[0] != "wal" {
		return fmt.Errorf("cannot use a write-ahead log here: journal mode is %v", mode[0])
	}
	return nil
}
