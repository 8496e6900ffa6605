package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"
)

// users is the table that the Express application has.
type users struct{ db *pgxpool.Pool }

// nobody is compared with where there is no such user, so that the answer
// takes as long. Its cost, 10, is that of the users' hashes.
const nobody = "$2b$10$a6d4ktBA3oN.Qdz24VohXuAGKWjV1Vmv7sAVKw96.YmlafYl9Fz1C"

// check returns the id of the user with that name and password, 0 if there is none.
func (u users) check(ctx context.Context, name, password string) (id int, err error) {
	hash := nobody
	err = u.db.QueryRow(ctx, "SELECT id, password FROM users WHERE username = $1", name).Scan(&id, &hash)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) != nil {
		return 0, nil
	}
	return id, nil
}

// setPassword replaces a password. Node's bcrypt and bcryptjs read the hash.
func (u users) setPassword(ctx context.Context, id int, password string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	_, err = u.db.Exec(ctx, "UPDATE users SET password = $1 WHERE id = $2", string(hash), id)
	return err
}

// name returns what a user is called.
func (u users) name(ctx context.Context, id int) (name string, err error) {
	err = u.db.QueryRow(ctx, "SELECT username FROM users WHERE id = $1", id).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return name, err
}
