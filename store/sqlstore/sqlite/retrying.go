package sqlite

import (
	"context"
	"database/sql/driver"
)

// The methods below are those through which database/sql uses a connection.

// BeginTx begins a transaction, which on the writer takes the lock.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (tx driver.Tx, err error) {
	err = retry(ctx, func() error {
		tx, err = c.driverConn.BeginTx(ctx, opts)
		return err
	})
	return tx, err
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	err = retry(ctx, func() error {
		result, err = c.driverConn.ExecContext(ctx, query, args)
		return err
	})
	return result, err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = retry(ctx, func() error {
		rows, err = c.driverConn.QueryContext(ctx, query, args)
		return err
	})
	return rows, err
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	var s driverStmt
	err := retry(ctx, func() (err error) {
		s, err = newStmt(ctx, c.driverConn, query)
		return err
	})
	return stmt{s}, err
}

// stmt is a statement that waits for the lock of another process.
type stmt struct{ driverStmt }

func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	err = retry(ctx, func() error {
		result, err = s.driverStmt.ExecContext(ctx, args)
		return err
	})
	return result, err
}

func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = retry(ctx, func() error {
		rows, err = s.driverStmt.QueryContext(ctx, args)
		return err
	})
	return rows, err
}
