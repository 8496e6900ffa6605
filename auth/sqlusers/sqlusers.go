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
// and the collation utf8mb4_bin, for keys are compared byte for byte. A table that
// is there already must have these columns, and a constraint that keeps name_key
// unique; it may have others that need no value. New looks and says what is wrong.
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
	// Table is the name of the table, of at most 63 bytes. "" is [DefaultTable].
	Table string
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
// error is [ErrDialect] for a dialect that is none, and [ErrTable] if a table of
// that name is there that cannot keep accounts.
func New(ctx context.Context, db *sql.DB, o Options) (*Users, error) {
	if o.Reader == nil {
		o.Reader = db
	}
	if o.Table == "" {
		o.Table = DefaultTable
	}
	if len(o.Table) > maxTable || !text(o.Table) {
		return nil, fmt.Errorf("sqlusers: %w: its name is no name", ErrTable)
	}
	statements, err := o.Dialect.statements(o.Table)
	if err != nil {
		return nil, fmt.Errorf("sqlusers: %w", err)
	}
	u := &Users{db: db, reader: o.Reader, sql: statements}
	if _, err := db.ExecContext(ctx, statements.createTable); err != nil {
		// Where two programs start at once, PostgreSQL may have both create it
		// and refuse one.
		if _, again := db.ExecContext(ctx, statements.createTable); again != nil && u.check(ctx, o) != nil {
			return nil, wrap(ctx, "create table", err) // it is not there, or the user may create none
		}
	}
	if err := u.check(ctx, o); err != nil {
		return nil, err
	}
	return u, nil
}

const (
	// DefaultTable is the table of the accounts.
	DefaultTable = "users"
	// maxTable is how long a name may be, in bytes, with PostgreSQL.
	maxTable = 63
)

// check looks at the table, which may have been there before, for something else.
func (u *Users) check(ctx context.Context, o Options) error {
	if o.Dialect != MySQL {
		_, err := u.db.ExecContext(ctx, u.sql.check)
		if err != nil && ctx.Err() == nil && u.db.PingContext(ctx) == nil {
			return fmt.Errorf("sqlusers: %w: %w", ErrTable, err)
		}
		return wrap(ctx, "look at the table", err)
	}
	var wrong string
	err := u.db.QueryRowContext(ctx, u.sql.check, o.Table, o.Table, o.Table).Scan(&wrong)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return wrap(ctx, "look at the table", err)
	}
	return fmt.Errorf("sqlusers: %w: its column %s will not do", ErrTable, wrong)
}

// Create implements [auth.Accounts].
func (u *Users) Create(ctx context.Context, a auth.Account) (id string, err error) {
	id = rand.Text()
	n, err := rows(u.db.ExecContext(ctx, u.sql.insert, id, a.Username, a.Key, a.Hash))
	switch {
	case err != nil:
		return "", wrap(ctx, "create", err)
	case n == 0:
		return "", u.refused(ctx, a.Key)
	}
	return id, nil
}

// refused returns why an account was not stored: most likely its name is taken.
func (u *Users) refused(ctx context.Context, key string) error {
	var there auth.Account
	err := u.db.QueryRowContext(ctx, u.sql.byKey, key).Scan(&there.ID, &there.Username, &there.Key, &there.Hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return wrap(ctx, "create", errors.New("the table refuses the account, and its name is not taken"))
	case err != nil:
		return wrap(ctx, "create", err)
	}
	return auth.ErrNameTaken
}

// Find implements [auth.Accounts]. Keys are unique, so the name makes no
// difference.
func (u *Users) Find(ctx context.Context, _, key string) (auth.Account, error) {
	a, err := u.find(ctx, u.sql.byKey, key)
	if err == nil && a.Key != key { // to a collation that was not ours they are the same
		return auth.Account{}, auth.ErrNoAccount
	}
	return a, err
}

// FindID implements [auth.Accounts].
func (u *Users) FindID(ctx context.Context, id string) (auth.Account, error) {
	a, err := u.find(ctx, u.sql.byID, id)
	if err == nil && a.ID != id { // MySQL compares without the space behind
		return auth.Account{}, auth.ErrNoAccount
	}
	return a, err
}

func (u *Users) find(ctx context.Context, query, argument string) (a auth.Account, err error) {
	if !text(argument) {
		argument = ""
	}
	err = u.reader.QueryRowContext(ctx, query, argument).Scan(&a.ID, &a.Username, &a.Key, &a.Hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return auth.Account{}, auth.ErrNoAccount
	case err != nil:
		return auth.Account{}, wrap(ctx, "find", err)
	}
	return a, nil
}

// ReplaceHash implements [auth.Accounts].
func (u *Users) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	if !text(id) || !text(old) || strings.HasSuffix(id, " ") || strings.HasSuffix(old, " ") {
		id, old = "", "" // nobody's, also to MySQL, which drops the space behind
	}
	n, err := rows(u.db.ExecContext(ctx, u.sql.replaceHash, replacement, id, old))
	switch {
	case err != nil:
		return wrap(ctx, "replace hash", err)
	case n == 0 && old == replacement:
		return u.holds(ctx, id, old)
	case n == 0:
		return auth.ErrNoAccount
	}
	return nil
}

// holds returns nil if an account has that hash. MySQL may count a row that it
// has found and had nothing to change in as none.
func (u *Users) holds(ctx context.Context, id, hash string) error {
	a, err := u.FindID(ctx, id)
	if err == nil && a.Hash != hash {
		return auth.ErrNoAccount
	}
	return err
}

// text reports what is text to every engine. What is not is nobody's.
func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// rows returns how many rows a statement has changed.
func rows(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// wrap says what was being done. A driver may have its own words for a context
// that has ended.
func wrap(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return fmt.Errorf("sqlusers: %s: %w", operation, err)
}
