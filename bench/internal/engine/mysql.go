package engine

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"sync"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

type mysqlServer struct {
	*mysqltest.Server

	mu   sync.Mutex
	conn *sql.Conn
	sent int64 // statements of this package
}

func startMySQL(ctx context.Context, o *owner, e *Engine) (server, error) {
	// What a server has that is started without options, where that of the tests
	// does not wait for the disk.
	s := &mysqlServer{Server: mysqltest.Start(o,
		"--innodb-flush-log-at-trx-commit=1", "--innodb-doublewrite=1", "--innodb-use-native-aio=1", "--innodb-flush-method=O_DIRECT",
		"--sync-frm=ON", "--innodb-file-per-table=ON", "--innodb-stats-persistent=ON",
		"--innodb-log-file-size=96M", "--innodb-buffer-pool-size=128M")}
	e.URL = s.Database(o)
	u, err := url.Parse(e.URL)
	if err != nil {
		return nil, err
	}
	config := driver.NewConfig()
	config.Net, config.Addr, config.DBName, config.User = "tcp", u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.InterpolateParams = true // so that each query is one statement
	connector, err := driver.NewConnector(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	o.Cleanup(func() {
		if err := db.Close(); err != nil {
			o.Error(err)
		}
	})
	if s.conn, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	o.Cleanup(func() {
		if err := s.conn.Close(); err != nil {
			o.Error(err)
		}
	})
	var version string
	if err := s.conn.QueryRowContext(ctx, "SELECT version()").Scan(&version); err != nil {
		return nil, err
	}
	number, flavour, _ := strings.Cut(version, "-")
	name, _, _ := strings.Cut(flavour, "-")
	e.Title, e.Durability = name+" "+number, "innodb_flush_log_at_trx_commit = 1, no binary log"
	s.sent, err = s.status(ctx, "Questions")
	return s, err
}

func (s *mysqlServer) pid() int { return s.PID() }

// status returns a number of the server's status.
func (s *mysqlServer) status(ctx context.Context, name string) (n int64, err error) {
	err = s.conn.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE ?", name).Scan(new(string), &n)
	return n, err
}

func (s *mysqlServer) commands(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++ // which counts itself
	n, err := s.status(ctx, "Questions")
	return n - s.sent, err
}

func (s *mysqlServer) written(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	return s.status(ctx, "Innodb_lsn_current")
}

func (s *mysqlServer) size(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tables, err := s.tables(ctx)
	if err != nil {
		return 0, err
	}
	for _, table := range tables {
		s.sent++
		if _, err := s.conn.ExecContext(ctx, "ANALYZE TABLE `"+table+"`"); err != nil {
			return 0, err
		}
	}
	var n int64
	s.sent++
	err = s.conn.QueryRowContext(ctx,
		"SELECT ifnull(sum(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = database()").Scan(&n)
	return n, err
}

func (s *mysqlServer) tables(ctx context.Context) (names []string, err error) {
	s.sent++
	rows, err := s.conn.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = database()")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
