package sqlusers

import (
	"errors"
	"strconv"
	"strings"
)

// Dialect is a kind of SQL database.
type Dialect uint8

// The databases that accounts can be kept in.
const (
	// SQLite is SQLite 3.24 or newer.
	SQLite Dialect = iota
	// PostgreSQL is PostgreSQL 9.5 or newer.
	PostgreSQL
	// MySQL is MySQL 8 or MariaDB 10.6, or newer.
	MySQL
)

// ErrDialect: there is no such dialect.
var ErrDialect = errors.New("unknown dialect")

// statements are what is sent to the database.
type statements struct {
	createTable, insert, byKey, byID, replaceHash string
}

func (d Dialect) statements() (statements, error) {
	s := statements{
		createTable: `CREATE TABLE IF NOT EXISTS users (
	id       TEXT NOT NULL PRIMARY KEY,
	username TEXT NOT NULL,
	name_key TEXT NOT NULL UNIQUE,
	password TEXT NOT NULL
)`,
		insert:      `INSERT INTO users (id, username, name_key, password) VALUES (?, ?, ?, ?) ON CONFLICT (name_key) DO NOTHING`,
		byKey:       `SELECT id, username, name_key, password FROM users WHERE name_key = ?`,
		byID:        `SELECT id, username, name_key, password FROM users WHERE id = ?`,
		replaceHash: `UPDATE users SET password = ? WHERE id = ? AND password = ?`,
	}
	switch d {
	case SQLite:
	case PostgreSQL:
		for _, query := range []*string{&s.insert, &s.byKey, &s.byID, &s.replaceHash} {
			*query = numbered(*query)
		}
	case MySQL:
		// The lengths are those of the longest that package auth lets through.
		// IGNORE is for a name that is taken: nothing else here can go wrong
		// in a way that it would hide.
		s.createTable = `CREATE TABLE IF NOT EXISTS users (
	id       VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
	username VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	name_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
	password VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
)`
		s.insert = `INSERT IGNORE INTO users (id, username, name_key, password) VALUES (?, ?, ?, ?)`
	default:
		return statements{}, ErrDialect
	}
	return s, nil
}

// numbered replaces question marks by $1, $2 and so on.
func numbered(query string) string {
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}
