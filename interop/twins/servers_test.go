package twins_test

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// opened returns a store that is closed with the test.
func opened[S interface {
	store.Store
	Close() error
}](t *testing.T, s S, err error) store.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type redisBackend struct {
	server *redistest.Server
	lock   chan struct{} // the connection of Do is one
}

func startRedis(t *testing.T) backend {
	return &redisBackend{redistest.Start(t), make(chan struct{}, 1)}
}

func (b *redisBackend) apart(*testing.T, string) backend { return b }

func (b *redisBackend) address() string { return b.server.URL(0) }

func (b *redisBackend) open(t *testing.T) store.Store {
	s, err := redisstore.Open(t.Context(), b.server.URL(0), redisstore.Options{})
	return opened(t, s, err)
}

func (b *redisBackend) get(t *testing.T, id string) (r record, ok bool) {
	t.Helper()
	r.data, ok = b.do(t, "GET", "sess:"+id).(string)
	at, _ := b.do(t, "PEXPIRETIME", "sess:"+id).(int64)
	r.expires = time.UnixMilli(at)
	return r, ok
}

func (b *redisBackend) put(t *testing.T, id string, r record) {
	t.Helper()
	b.do(t, "SET", "sess:"+id, r.data, "PXAT", strconv.FormatInt(r.expires.UnixMilli(), 10))
}

func (b *redisBackend) do(t *testing.T, args ...string) any {
	t.Helper()
	b.lock <- struct{}{}
	defer func() { <-b.lock }()
	answer, err := b.server.TryDo(args...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

type postgresBackend struct {
	url  string
	pool *pgxpool.Pool
}

func startPostgres(t *testing.T) backend {
	url := pgtest.Start(t).URL("postgres")
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &postgresBackend{url, pool}
}

func (b *postgresBackend) apart(*testing.T, string) backend { return b }

func (b *postgresBackend) address() string { return b.url }

func (b *postgresBackend) open(t *testing.T) store.Store {
	s, err := postgres.Open(t.Context(), b.url, postgres.Options{})
	return opened(t, s, err)
}

func (b *postgresBackend) get(t *testing.T, id string) (r record, ok bool) {
	t.Helper()
	err := b.pool.QueryRow(t.Context(), "SELECT sess::text, expire::timestamptz FROM session WHERE sid = $1", id).Scan(&r.data, &r.expires)
	return r, found(t, err, pgx.ErrNoRows)
}

func (b *postgresBackend) put(t *testing.T, id string, r record) {
	t.Helper()
	_, err := b.pool.Exec(t.Context(), `INSERT INTO session (sess, expire, sid) SELECT $1, to_timestamp($2), $3
		ON CONFLICT (sid) DO UPDATE SET sess = $1, expire = to_timestamp($2)`, r.data, math.Ceil(seconds(r.expires)), id)
	if err != nil {
		t.Fatal(err)
	}
}

// sqlBackend is a database behind database/sql.
type sqlBackend struct {
	db            *sql.DB
	at            string
	openStore     func(*testing.T) store.Store
	query, upsert string
	instant       func(expires float64) time.Time
	number        func(expires time.Time) any
}

func startMySQL(t *testing.T) backend {
	url := mysqltest.Start(t).Database(t)
	config, err := mysql.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := driver.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	return &sqlBackend{
		db: openDB(t, sql.OpenDB(connector)), at: url,
		openStore: func(t *testing.T) store.Store {
			s, err := mysql.Open(t.Context(), url, mysql.Options{})
			return opened(t, s, err)
		},
		query: "SELECT data, expires FROM sessions WHERE session_id = ?",
		upsert: `INSERT INTO sessions (session_id, expires, data) VALUES (?, ?, ?)
			ON DUPLICATE KEY UPDATE expires = VALUES(expires), data = VALUES(data)`,
		instant: func(expires float64) time.Time { return time.Unix(int64(expires), 0) },
		number:  func(expires time.Time) any { return int64(math.Round(seconds(expires))) },
	}
}

func startSQLite(t *testing.T) backend {
	path := filepath.Join(t.TempDir(), "sessions.db")
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	return &sqlBackend{
		db: openDB(t, db), at: path,
		openStore: func(t *testing.T) store.Store {
			s, err := sqlite.Open(path)
			return opened(t, s, err)
		},
		query:   "SELECT sess, expired FROM sessions WHERE sid = ?",
		upsert:  "INSERT OR REPLACE INTO sessions (sid, expired, sess) VALUES (?, ?, ?)",
		instant: func(expires float64) time.Time { return time.UnixMilli(int64(expires)) },
		number:  func(expires time.Time) any { return float64(expires.UnixMilli()) },
	}
}

func openDB(t *testing.T, db *sql.DB) *sql.DB {
	t.Cleanup(func() { db.Close() })
	return db
}

func (b *sqlBackend) apart(*testing.T, string) backend { return b }

func (b *sqlBackend) address() string { return b.at }

func (b *sqlBackend) open(t *testing.T) store.Store { return b.openStore(t) }

func (b *sqlBackend) get(t *testing.T, id string) (r record, ok bool) {
	t.Helper()
	var expires float64
	err := b.db.QueryRowContext(t.Context(), b.query, id).Scan(&r.data, &expires)
	r.expires = b.instant(expires)
	return r, found(t, err, sql.ErrNoRows)
}

func (b *sqlBackend) put(t *testing.T, id string, r record) {
	t.Helper()
	if _, err := b.db.ExecContext(context.Background(), b.upsert, id, b.number(r.expires), r.data); err != nil {
		t.Fatal(err)
	}
}

func found(t *testing.T, err, none error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, none) {
		t.Fatal(err)
	}
	return err == nil
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
