// Package sqlusers keeps the accounts of package auth in a table of an SQL
// database: SQLite, PostgreSQL, MySQL or MariaDB. It speaks database/sql and
// brings no driver.
//
//	db, err := sql.Open("sqlite", "app.db")
//	users, err := sqlusers.New(ctx, db, sqlusers.Options{})
//
// With package sqlite of Sojourn's stores, accounts and sessions share a file:
//
//	file, err := sqlite.OpenDB("app.db", sqlite.DBOptions{})
//	sessions, err := sqlite.New(file, sqlite.Options{})
//	users, err := sqlusers.New(ctx, file.Writer(), sqlusers.Options{Reader: file.Reader()})
//
// # The table
//
// On SQLite and PostgreSQL it is
//
//	CREATE TABLE IF NOT EXISTS users (
//		id       TEXT NOT NULL PRIMARY KEY, -- 128 random bits as text
//		username TEXT NOT NULL,             -- as typed
//		name_key TEXT NOT NULL UNIQUE,      -- as compared
//		password TEXT NOT NULL              -- bcrypt
//	)
//
// and on MySQL and MariaDB the same with VARCHAR of the character set utf8mb4
// and the collation utf8mb4_bin, for keys are compared byte for byte.
package sqlusers

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/auth"
)

// Options are the settings of [New]. The zero value is a good choice.
type Options struct {
	// Dialect is the kind of the database.
	Dialect Dialect
	// Reader, if set, is asked instead of the database itself where nothing
	// is written. It must see at once what has been written.
	Reader *sql.DB
}

// Users keeps accounts in a table. It implements [auth.Accounts] and owns
// nothing: whoever opened the database closes it.
type Users struct {
	db, reader *sql.DB
	sql        statements
}

var _ auth.Accounts = (*Users)(nil)

// New returns the accounts in db, and creates their table if there is none. The
// error is [ErrDialect] for a dialect that is none.
func New(ctx context.Context, db *sql.DB, o Options) (*Users, error) {
	if o.Reader == nil {
		o.Reader = db
	}
	statements, err := o.Dialect.statements()
	if err != nil {
		return nil, fmt.Errorf("sqlusers: %w", err)
	}
	if _, err := db.ExecContext(ctx, statements.createTable); err != nil {
		// Where two programs start at once, PostgreSQL may have both create it
		// and refuse one.
		if _, again := db.ExecContext(ctx, statements.createTable); again != nil {
			return nil, fmt.Errorf("sqlusers: create table: %w", err)
		}
	}
	return &Users{db: db, reader: o.Reader, sql: statements}, nil
}

// Create implements [auth.Accounts].
func (u *Users) Create(ctx context.Context, a auth.Account) (id string, err error) {
	id = rand.Text()
	n, err := rows(u.db.ExecContext(ctx, u.sql.insert, id, a.Username, a.Key, a.Hash))
	switch {
	case err != nil:
		return "", fmt.Errorf("sqlusers: create: %w", err)
	case n == 0:
		return "", auth.ErrNameTaken
	}
	return id, nil
}

// Find implements [auth.Accounts].
func (u *Users) Find(ctx context.Context, _, key string) (auth.Account, error) {
	return u.find(ctx, u.sql.byKey, key)
}

// FindID implements [auth.Accounts].
func (u *Users) FindID(ctx context.Context, id string) (auth.Account, error) {
	return u.find(ctx, u.sql.byID, id)
}

func (u *Users) find(ctx context.Context, query, argument string) (a auth.Account, err error) {
	if !utf8.ValidString(argument) || strings.ContainsRune(argument, 0) {
		argument = "" // not text to every engine, and nobody's
	}
	err = u.reader.QueryRowContext(ctx, query, argument).Scan(&a.ID, &a.Username, &a.Key, &a.Hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return auth.Account{}, auth.ErrNoAccount
	case err != nil:
		return auth.Account{}, fmt.Errorf("sqlusers: find: %w", err)
	}
	return a, nil
}

// ReplaceHash implements [auth.Accounts].
func (u *Users) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	n, err := rows(u.db.ExecContext(ctx, u.sql.replaceHash, replacement, id, old))
	switch {
	case err != nil:
		return fmt.Errorf("sqlusers: replace hash: %w", err)
	case n == 0:
		return auth.ErrNoAccount
	}
	return nil
}

// rows returns how many rows a statement has changed.
func rows(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
