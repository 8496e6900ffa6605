package engine

import (
	"context"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// database is the name of the one that sessions are kept in.
const database = "sojourn"

type postgresServer struct {
	*pgtest.Server

	mu    sync.Mutex
	admin *pgx.Conn // to another database, whose statements are told apart
	own   *pgx.Conn // to the database of the sessions, for what can be asked only there
	sent  int64     // statements on own
}

func startPostgres(ctx context.Context, o *owner, e *Engine) (server, error) {
	s := &postgresServer{Server: pgtest.Start(o,
		"fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=128MB", "jit=on",
		"shared_preload_libraries=pg_stat_statements")}
	e.URL = s.Database(o, database)
	var err error
	for _, to := range []struct {
		conn **pgx.Conn
		url  string
	}{{&s.admin, s.URL("postgres")}, {&s.own, e.URL}} {
		if *to.conn, err = pgx.Connect(ctx, to.url); err != nil {
			return nil, err
		}
		o.Cleanup(func() {
			if err := (*to.conn).Close(o.Context()); err != nil {
				o.Error(err)
			}
		})
	}
	if _, err := s.admin.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
		return nil, err
	}
	version, err := ask[string](ctx, s.admin, "SHOW server_version")
	number, _, _ := strings.Cut(version, " ")
	e.Title, e.Durability = "PostgreSQL "+number, "fsync and synchronous_commit on"
	return s, err
}

func (s *postgresServer) pid() int { return s.PID() }

// ask returns the one value of a query.
func ask[T any](ctx context.Context, c *pgx.Conn, query string, args ...any) (value T, err error) {
	// Without a statement of its own to prepare each query counts once.
	err = c.QueryRow(ctx, query, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...).Scan(&value)
	return value, err
}

func (s *postgresServer) commands(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := ask[int64](ctx, s.admin, `SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
		WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)`, database)
	return n - s.sent, err
}

func (s *postgresServer) written(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ask[int64](ctx, s.admin, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
}

func (s *postgresServer) size(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	return ask[int64](ctx, s.own, `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
}
