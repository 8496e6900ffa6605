package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout is how long making a connection may take unless the URL says
// otherwise. The driver's two minutes would occupy the pool while a server does
// not answer.
const connectTimeout = 5 * time.Second

// maxConns is how many connections [Open] makes at most unless the URL says
// otherwise. Writes that wait for the disk wait together, as many as there are
// connections, and a server takes 100 in all unless it is told otherwise.
const maxConns = 20

// ParseURL returns what [Open] gives to [pgxpool.NewWithConfig], for those who
// want to change it. The URL is
//
//	postgres://user:password@host:5432/database?sslmode=verify-full
//
// with the parameters of libpq (sslmode, connect_timeout, target_session_attrs
// and so on), of pgxpool (pool_max_conns and so on), of pgx
// (default_query_exec_mode, statement_cache_capacity), and settings of the
// server, such as timezone. An error never contains a password.
func ParseURL(text string) (*pgxpool.Config, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		// What url.Parse says repeats the URL.
		return nil, errors.New("postgres: this is no URL of the form postgres://user:password@host:5432/database")
	}
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("postgres: the URL is not usable: %s", reason(err))
	}
	if !u.Query().Has("connect_timeout") {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if !u.Query().Has("pool_max_conns") {
		config.MaxConns = maxConns
	}
	return config, nil
}

// reason returns what is wrong with a URL without repeating the URL, which the
// driver quotes.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "`: "); i >= 0 {
		return text[i+len("`: "):]
	}
	return "the driver cannot parse it"
}

// Open connects to the server at a URL, see [ParseURL], and opens a store there.
// It is an error when the server cannot be reached or has no fitting table. ctx is
// for opening only. Closing the store closes the connections, of which there are 20 at
// most unless the URL says otherwise (pool_max_conns).
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, wrapOpen("open", err)
	}
	s := newStore(pool, o)
	s.ownsPool = true
	if err := s.prepare(ctx); err != nil {
		pool.Close()
		return nil, wrapOpen("open", err)
	}
	return s, nil
}

// New returns a store that uses the connections of a pool, which the program may
// share with all else that it keeps in the database. Nothing is sent before the
// store is used, except where Options.CreateTables is set: creating tables may
// take ten seconds and is an error then. Closing the store leaves the pool open.
func New(pool *pgxpool.Pool, o Options) (*Store, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	s := newStore(pool, o)
	if o.CreateTables {
		ctx, cancel := context.WithTimeout(context.Background(), createTimeout)
		defer cancel()
		if err := s.prepare(ctx); err != nil {
			return nil, wrapOpen("create tables", err)
		}
	}
	return s, nil
}

const createTimeout = 10 * time.Second

// prepare creates the tables if it is asked to, and shows whether the one that is
// there is ours.
func (s *Store) prepare(ctx context.Context) error {
	if s.opts.CreateTables {
		if err := s.createTables(ctx); err != nil {
			return err
		}
	}
	_, err := s.pool.Exec(ctx, s.sql.get, "", 0.0)
	return err
}

// wrapOpen is wrap for when no session is in play yet, so that all that the server
// says may be repeated.
func wrapOpen(operation string, err error) error {
	return fmt.Errorf("postgres: %s: %w", operation, err)
}
