package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sojourn-dev/sojourn/store"
)

// limits are what the columns take.
type limits struct {
	data    int   // bytes
	expires int64 // seconds since 1970
}

// prepare finds out early what would fail late, or not at all: how the connections
// are set, and of what types the columns are. A server that is not strict
// shortens a value that does not fit, and reports success.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.checkConnection(ctx); err != nil {
		return err
	}
	if s.opts.CreateTables {
		if err := s.createTables(ctx); err != nil {
			return err
		}
	}
	columns, err := s.columns(ctx)
	if err != nil {
		return err
	}
	return s.checkColumns(columns)
}

const erNoSuchTable = 1146

// checkConnection looks at one connection, as all of them are made alike.
func (s *Store) checkConnection(ctx context.Context) error {
	var autocommit bool
	var client, connection string
	var results sql.NullString
	err := s.row(ctx, "SELECT @@autocommit, @@character_set_client, @@character_set_connection, @@character_set_results",
		nil, &autocommit, &client, &connection, &results)
	switch {
	case err != nil:
		return err
	case !autocommit:
		return errors.New("the connections have autocommit off, so that nothing would be stored")
	case client != charset || connection != charset || results.Valid && results.String != charset:
		return errors.New("the connections do not use the character set utf8mb4, without which text would change")
	}
	return nil
}

const charset = "utf8mb4"

// createTables creates what is missing. It looks first, for CREATE needs a
// privilege even where IF NOT EXISTS has nothing to do.
func (s *Store) createTables(ctx context.Context) error {
	for i, name := range []string{s.opts.Table, s.opts.Table + "_users", s.opts.Table + "_not_before"} {
		_, err := s.found(ctx, "SELECT 1 FROM "+quote(name)+" LIMIT 1")
		if number(err) == erNoSuchTable {
			_, err = s.exec(ctx, s.sql.definition[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// column is what the server says of a column.
type column struct {
	kind      string // such as "varchar(128)"
	collation string // "" for what is not text
	key       string // "PRI", "UNI" for one of its own, or something else
}

// columns returns the columns of the table by their names in lower case.
func (s *Store) columns(ctx context.Context) (map[string]column, error) {
	rows, err := s.db.QueryContext(ctx, s.sql.columns)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	found := make(map[string]column)
	for rows.Next() {
		values, dest := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		var name string
		var c column
		for i, v := range values {
			switch strings.ToLower(names[i]) {
			case "field":
				name = strings.ToLower(v.String)
			case "type":
				c.kind = strings.ToLower(v.String)
			case "collation":
				c.collation = v.String
			case "key":
				c.key = v.String
			}
		}
		found[name] = c
	}
	return found, rows.Err()
}

// checkColumns takes the table of express-mysql-session, and what can stand in for
// it.
func (s *Store) checkColumns(columns map[string]column) error {
	id, ok1 := columns[strings.ToLower(s.opts.IDColumn)]
	expires, ok2 := columns[strings.ToLower(s.opts.ExpiresColumn)]
	data, ok3 := columns[strings.ToLower(s.opts.DataColumn)]
	if !ok1 || !ok2 || !ok3 {
		return errors.New("the table lacks a column of Options")
	}
	primary := 0
	for _, c := range columns {
		if c.key == "PRI" {
			primary++
		}
	}
	if id.key != "UNI" && (id.key != "PRI" || primary > 1) {
		return errors.New("the column of ids is neither the primary key nor unique")
	}
	if id.length() < store.MaxIDLength || id.collation != "" && !strings.HasSuffix(id.collation, "_bin") {
		return fmt.Errorf("the column of ids does not tell apart all ids of up to %d bytes; varchar(%[1]d) COLLATE utf8mb4_bin does", store.MaxIDLength)
	}
	if s.max.expires = expires.latest(); s.max.expires == 0 {
		return errors.New("the column of the expiry is not of a type int")
	}
	s.max.data = data.length()
	if s.max.data < minData || data.collation != "" && !strings.HasPrefix(data.collation, charset+"_") {
		return errors.New("the column of the data does not keep text as it is; mediumtext COLLATE utf8mb4_bin does")
	}
	return nil
}

// minData is what a column must take at least to be worth it: that of TEXT.
const minData = 1<<16 - 1

// length returns how much a column of text takes, in characters of those that have
// a length and in bytes of others, or 0 if it is not one of text.
func (c column) length() int {
	kind, rest, _ := strings.Cut(c.kind, "(")
	switch kind {
	case "varchar", "varbinary":
		n, _ := strconv.Atoi(strings.TrimSuffix(rest, ")"))
		return n
	case "text", "blob":
		return 1<<16 - 1
	case "mediumtext", "mediumblob":
		return 1<<24 - 1
	case "longtext", "longblob":
		return math.MaxInt32
	}
	return 0
}

// latest returns the last second that a column of integers takes, or 0 if it is not
// one.
func (c column) latest() int64 {
	unsigned := strings.Contains(c.kind, "unsigned")
	end := strings.IndexFunc(c.kind, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		end = len(c.kind)
	}
	switch kind := c.kind[:end]; {
	case kind == "int" && unsigned:
		return math.MaxUint32
	case kind == "int":
		return math.MaxInt32
	case kind == "bigint":
		return math.MaxInt64
	}
	return 0
}
