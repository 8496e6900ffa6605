package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// connector opens connections of type *conn.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	var opened driver.Conn
	err := retry(ctx, func() (err error) {
		opened, err = c.Connector.Connect(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	inner, ok := opened.(driverConn)
	if !ok {
		opened.Close()
		return nil, fmt.Errorf("driver connection %T lacks a method", opened)
	}
	return &conn{driverConn: inner, prepared: make(map[string]driverStmt)}, nil
}

// driverConn is what a connection of the driver can do.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	IsReadOnly(schema string) (bool, error)
}

// driverStmt is what a statement of the driver can do.
type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn is a connection of the driver with two additions. What goes through
// database/sql waits for the lock of another process as long as its context
// allows. And exec and row run a statement that is prepared once for each
// connection past database/sql and without a context, whose cancellation costs
// the driver and database/sql a goroutine each, more than the statement takes.
type conn struct {
	driverConn
	prepared map[string]driverStmt
}

// withConn calls f with a connection of pool, for which it waits until ctx is
// done, and again when the database is locked by another process.
func withConn(ctx context.Context, pool *sql.DB, f func(*conn) error) error {
	borrowed, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer borrowed.Close()
	return borrowed.Raw(func(c any) error {
		return retry(ctx, func() error { return f(c.(*conn)) })
	})
}

// exec runs a statement and returns how many rows it has changed.
func (c *conn) exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), named(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row runs a query and reads its first row, if there is one, into dest.
func (c *conn) row(dest []driver.Value, query string, args ...any) (found bool, err error) {
	s, err := c.prepare(query)
	if err != nil {
		return false, err
	}
	rows, err := s.QueryContext(context.Background(), named(args))
	if err != nil {
		return false, err
	}
	err = rows.Next(dest)
	if closeErr := rows.Close(); err == nil {
		err = closeErr
	}
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return err == nil, err
}

func (c *conn) prepare(query string) (driverStmt, error) {
	if s, ok := c.prepared[query]; ok {
		return s, nil
	}
	s, err := newStmt(context.Background(), c.driverConn, query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = s
	return s, nil
}

func (c *conn) Close() error {
	var errs []error
	for _, s := range c.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.driverConn.Close())...)
}

func newStmt(ctx context.Context, c driver.ConnPrepareContext, query string) (driverStmt, error) {
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(driverStmt)
	if !ok {
		prepared.Close()
		return nil, fmt.Errorf("driver statement %T lacks a method", prepared)
	}
	return s, nil
}

// named numbers args for the driver.
func named(args []any) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return values
}
