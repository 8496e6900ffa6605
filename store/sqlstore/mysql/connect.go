package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

const (
	// maxConns is how many connections [Connect] makes at most. A server takes
	// 151 in all unless it is told otherwise.
	maxConns = 20

	// Connections are closed before the server or something in between does,
	// and are made anew soon when a name leads to another server.
	maxConnLife = 3 * time.Minute
	maxConnIdle = time.Minute

	// newTimeout is how long New may take.
	newTimeout = 10 * time.Second
)

// Open connects to the database at a URL, see [ParseURL], and opens a store there.
// It is an error when the server cannot be reached or has no fitting table. ctx is
// for opening only. Closing the store closes the connections, of which there are
// 20 at most; [Store.DB] leads to them.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := ParseURL(url)
	if err != nil {
		return nil, wrap(ctx, "open", err)
	}
	return Connect(ctx, config, o)
}

// Connect is [Open] for a configuration of the driver, which is not changed. The
// store sets what it needs: utf8mb4, and parameters that are put into the text of
// a statement by the driver, which saves a round trip each.
func Connect(ctx context.Context, config *driver.Config, o Options) (*Store, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	config = config.Clone()
	config.InterpolateParams, config.ClientFoundRows = true, true
	if config.Logger == nil || config.Logger == driver.NewConfig().Logger {
		config.Logger = &driver.NopLogger{} // what it logs is in the errors as well
	}
	// Some servers are told to ignore what a client asks for when it connects.
	if err := config.Apply(driver.Charset(charset, "")); err != nil {
		return nil, fmt.Errorf("mysql: open: %w", err)
	}
	connector, err := driver.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("mysql: open: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	db.SetConnMaxLifetime(maxConnLife)
	db.SetConnMaxIdleTime(maxConnIdle)
	s := newStore(db, o)
	s.ownsDB = true
	if err := s.prepare(ctx); err != nil {
		db.Close()
		return nil, wrap(ctx, "open", err)
	}
	return s, nil
}

// New returns a store that uses the connections of db, which the program may share
// with all else that it keeps in the database. db is one of the driver
// [github.com/go-sql-driver/mysql]; InterpolateParams and a limit to the number of
// connections are a good idea there. It is an error when the connections are not
// of the character set utf8mb4 or do not commit each statement, when there is no
// fitting table, or when to find out takes more than ten seconds. Closing the store
// leaves db open.
func New(db *sql.DB, o Options) (*Store, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), newTimeout)
	defer cancel()
	s := newStore(db, o)
	if err := s.prepare(ctx); err != nil {
		return nil, wrap(ctx, "new", err)
	}
	return s, nil
}
