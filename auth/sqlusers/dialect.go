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

var (
	// ErrDialect: there is no such dialect.
	ErrDialect = errors.New("unknown dialect")
	// ErrTable: the table is there but cannot keep accounts, or its name is none.
	ErrTable = errors.New("the table cannot keep accounts")
)

// statements are what is sent to the database.
type statements struct {
	createTable, insert, byKey, byID, replaceHash string
	// check finds out whether a table that was there already will do. On MySQL
	// it returns what is wrong; elsewhere it is an error if anything is.
	check string
}

// statements returns them for a table of that name.
func (d Dialect) statements(table string) (statements, error) {
	name := quote(table, `"`)
	if d == MySQL {
		name = quote(table, "`")
	}
	s := statements{
		createTable: `CREATE TABLE IF NOT EXISTS $table (
	id       TEXT NOT NULL PRIMARY KEY,
	username TEXT NOT NULL,
	name_key TEXT NOT NULL UNIQUE,
	password TEXT NOT NULL
)`,
		insert:      `INSERT INTO $table (id, username, name_key, password) VALUES (?, ?, ?, ?) ON CONFLICT (name_key) DO NOTHING`,
		byKey:       `SELECT id, username, name_key, password FROM $table WHERE name_key = ?`,
		byID:        `SELECT id, username, name_key, password FROM $table WHERE id = ?`,
		replaceHash: `UPDATE $table SET password = ? WHERE id = ? AND password = ?`,
		// It needs the columns, and that keys are unique.
		check: `EXPLAIN INSERT INTO $table (id, username, name_key, password) SELECT id, username, name_key, password FROM $table WHERE id = password ON CONFLICT (name_key) DO NOTHING`,
	}
	switch d {
	case SQLite:
	case PostgreSQL:
		for _, query := range []*string{&s.insert, &s.byKey, &s.byID, &s.replaceHash} {
			*query = numbered(*query)
		}
	case MySQL:
		// The lengths are those of the longest that package auth lets through.
		// IGNORE is for a name that is taken; Create looks whether it was that.
		s.createTable = `CREATE TABLE IF NOT EXISTS $table (
	id       VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
	username VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	name_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
	password VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
)`
		s.insert = `INSERT IGNORE INTO $table (id, username, name_key, password) VALUES (?, ?, ?, ?)`
		s.check = checkMySQL
	default:
		return statements{}, ErrDialect
	}
	for _, query := range []*string{&s.createTable, &s.insert, &s.byKey, &s.byID, &s.replaceHash, &s.check} {
		*query = strings.ReplaceAll(*query, "$table", name)
	}
	return s, nil
}

// checkMySQL returns the columns that are missing, that are too short, that are
// not compared byte for byte in all of Unicode, or of which there may be two the
// same. MySQL shortens what it stores with IGNORE, and where it is not strict.
const checkMySQL = `SELECT wanted.name FROM (
	SELECT 'id' AS name, 26 AS length UNION SELECT 'username', 256 UNION SELECT 'name_key', 255 UNION SELECT 'password', 60
) AS wanted LEFT JOIN information_schema.columns AS c
	ON c.table_schema = DATABASE() AND c.table_name = ? AND c.column_name = wanted.name
WHERE c.column_name IS NULL OR c.character_maximum_length IS NULL OR c.character_maximum_length < wanted.length
	OR c.collation_name IS NULL OR c.collation_name NOT LIKE 'utf8mb4%bin'
UNION ALL SELECT CONCAT(c.column_name, ', as it needs a value,') FROM information_schema.columns AS c
	WHERE c.table_schema = DATABASE() AND c.table_name = ? AND c.column_name NOT IN ('id', 'username', 'name_key', 'password')
	AND c.is_nullable = 'NO' AND c.column_default IS NULL AND c.extra NOT LIKE '%auto_increment%' AND c.extra NOT LIKE '%GENERATED%'
UNION ALL SELECT 'name_key, as it is not unique' FROM DUAL WHERE NOT EXISTS (
	SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND non_unique = 0
	GROUP BY index_name HAVING COUNT(*) = 1 AND MAX(column_name) = 'name_key' AND MAX(sub_part) IS NULL
)`

// quote returns a name as an identifier.
func quote(name, mark string) string {
	return mark + strings.ReplaceAll(name, mark, mark+mark) + mark
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
