package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sojourn-dev/sojourn/store"
)

// ErrClosed: the store was closed.
var ErrClosed = errors.New("store is closed")

// wrap says what was being done.
func wrap(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	err = discreet(err)
	// What the store has found out stays what it is, even if time is up now.
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) && !answered(err) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return fmt.Errorf("postgres: %s: %w", operation, err)
}

// answered reports whether err is an answer, and not the failure to get one.
func answered(err error) bool {
	for _, answer := range []error{
		store.ErrNotFound, store.ErrConflict, store.ErrExists, store.ErrInvalidID, store.ErrInvalidUser, ErrClosed, errNotText, errNoInstant,
	} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// discreet returns err without anything of a session. The server repeats values
// in the details of an error ("Key (sid)=(…) already exists."), and of some
// classes, among them what triggers raise, in the message as well.
func discreet(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	told := &pgconn.PgError{
		Severity: e.Severity, SeverityUnlocalized: e.SeverityUnlocalized, Code: e.Code, Message: e.Message,
		SchemaName: e.SchemaName, TableName: e.TableName, ColumnName: e.ColumnName, ConstraintName: e.ConstraintName,
		File: e.File, Line: e.Line, Routine: e.Routine,
	}
	if !harmless(e.Code) {
		told.Message = "the server has refused it, in words that may repeat data"
	}
	// A connection that failed says where to; no value can be in that.
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("connect to %s as %s: %w", connect.Config.Host, connect.Config.User, told)
	}
	return told
}

// harmless reports whether the messages of a class of errors speak of the server
// and of names only.
func harmless(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", // connection
		"0A", // not supported
		"25", // state of the transaction: read-only
		"26", // no such prepared statement
		"28", // not authorised
		"3D", // no such database
		"3F", // no such schema
		"40", // rolled back: serialisation, deadlock
		"42", // privileges, undefined tables and columns
		"53", // resources: disk full, too many connections
		"55", // not in the right state: locked
		"57", // operator: cancelled, shut down
		"58", // system: input and output
		"XX": // internal
		return true
	}
	return false
}
