package mysqltest_test

import (
	"database/sql"
	"net/url"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// Ensure that a server answers at its URL, and keeps its data when it is killed.
func TestServer(t *testing.T) {
	t.Parallel()
	s := mysqltest.Start(t, "--innodb-flush-log-at-trx-commit=1")
	u, err := url.Parse(s.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr, config.DBName = u.User.Username(), "tcp", u.Host, u.Path[1:]
	config.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	for _, q := range []string{"CREATE TABLE t (a INT) ENGINE=InnoDB", "INSERT INTO t VALUES (1)"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.Pause(t)
	s.Resume(t)
	s.Restart(t)
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT a FROM t").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}
