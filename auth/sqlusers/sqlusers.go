// Package sqlusers keeps the accounts of package auth in a table of an SQL
// database. It speaks database/sql and brings no driver; SQLite is what it is
// tested with.
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
//	CREATE TABLE IF NOT EXISTS users (
//		id       TEXT NOT NULL PRIMARY KEY, -- 128 random bits as text
//		username TEXT NOT NULL,             -- as typed
//		name_key TEXT NOT NULL UNIQUE,      -- as compared
//		password TEXT NOT NULL              -- bcrypt
//	)
package sqlusers

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"github.com/sojourn-dev/sojourn/auth"
)

// Options are the settings of [New]. The zero value is a good choice.
type Options struct {
	// Reader, if set, is asked instead of the database itself where nothing
	// is written. It must see at once what has been written.
	Reader *sql.DB
}

// Users keeps accounts in a table. It implements [auth.Accounts] and owns
// nothing: whoever opened the database closes it.
type Users struct {
	db, reader *sql.DB
}

var _ auth.Accounts = (*Users)(nil)

const createTable = `CREATE TABLE IF NOT EXISTS users (
	id       TEXT NOT NULL PRIMARY KEY,
	username TEXT NOT NULL,
	name_key TEXT NOT NULL UNIQUE,
	password TEXT NOT NULL
)`

// New returns the accounts in db, and creates their table if there is none.
func New(ctx context.Context, db *sql.DB, o Options) (*Users, error) {
	if o.Reader == nil {
		o.Reader = db
	}
	if _, err := db.ExecContext(ctx, createTable); err != nil {
		return nil, fmt.Errorf("sqlusers: create table: %w", err)
	}
	return &Users{db: db, reader: o.Reader}, nil
}

// Create implements [auth.Accounts].
func (u *Users) Create(ctx context.Context, a auth.Account) (id string, err error) {
	const insert = `INSERT INTO users (id, username, name_key, password) VALUES (?, ?, ?, ?) ON CONFLICT (name_key) DO NOTHING`
	id = rand.Text()
	n, err := rows(u.db.ExecContext(ctx, insert, id, a.Username, a.Key, a.Hash))
	switch {
	case err != nil:
		return "", fmt.Errorf("sqlusers: create: %w", err)
	case n == 0:
		return "", auth.ErrNameTaken
	}
	return id, nil
}

// Find implements [auth.Accounts].
func (u *Users) Find(ctx context.Context, key string) (auth.Account, error) {
	return u.find(ctx, `SELECT id, username, name_key, password FROM users WHERE name_key = ?`, key)
}

// FindID implements [auth.Accounts].
func (u *Users) FindID(ctx context.Context, id string) (auth.Account, error) {
	return u.find(ctx, `SELECT id, username, name_key, password FROM users WHERE id = ?`, id)
}

func (u *Users) find(ctx context.Context, query, argument string) (a auth.Account, err error) {
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
	const update = `UPDATE users SET password = ? WHERE id = ? AND password = ?`
	n, err := rows(u.db.ExecContext(ctx, update, replacement, id, old))
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
