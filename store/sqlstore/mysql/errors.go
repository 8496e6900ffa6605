package mysql

import (
	"context"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"
)

var (
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")

	// ErrData: data are not UTF-8, or longer than the column takes. Nothing was
	// stored, whatever the server's sql_mode.
	ErrData = errors.New("data cannot be stored")
)

// The errors of servers that matter here, as MySQL and MariaDB number them.
const (
	erDupEntry         = 1062
	erLockWaitTimeout  = 1205
	erLockDeadlock     = 1213
	erCheckread        = 1020 // MariaDB: changed since the snapshot was taken
	erConnectionKilled = 1927 // MariaDB
)

// explained are errors in our own words: what the server says may repeat a value,
// such as the key that is there twice, or whatever is near a mistake.
var explained = map[uint16]string{
	1021:               "the disk is full",
	1040:               "too many connections",
	1044:               "the user may not use the database",
	1045:               "the server refuses the user or the password",
	1049:               "there is no such database",
	1053:               "the server is shutting down",
	1054:               "there is no such column",
	erDupEntry:         "the key is there already",
	1114:               "the table is full",
	1142:               "the user lacks a privilege on the table",
	1143:               "the user lacks a privilege on a column",
	1146:               "there is no such table",
	1153:               "the statement is longer than max_allowed_packet",
	1203:               "the user has too many connections",
	erLockWaitTimeout:  "a lock was not to be had in time",
	erLockDeadlock:     "deadlock",
	erCheckread:        "the row was changed meanwhile",
	1227:               "the user lacks a privilege",
	1290:               "the server is read-only, or has another option that forbids it",
	1317:               "the statement was interrupted",
	1366:               "a value is not of the column's kind",
	1406:               "a value is longer than the column takes",
	1698:               "the server refuses the user",
	1792:               "the transaction is read-only",
	1820:               "the password has expired",
	1836:               "the server is read-only",
	erConnectionKilled: "the connection was killed",
	1969:               "the statement took longer than max_statement_time",
	3024:               "the statement took longer than max_execution_time",
}

// number returns the number of a server's error, or 0.
func number(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// discreet returns err without anything of a session.
func discreet(err error) error {
	var e *driver.MySQLError
	if !errors.As(err, &e) {
		return err
	}
	text, ok := explained[e.Number]
	if !ok {
		text = "the server has refused it, in words that may repeat data"
	}
	return &driver.MySQLError{Number: e.Number, SQLState: e.SQLState, Message: text}
}

// wrap says what was being done.
func wrap(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	err = discreet(err)
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return fmt.Errorf("mysql: %s: %w", operation, err)
}
