package mysqltest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// urlVariable names a server to use in place of one of our own.
const urlVariable = "SOJOURN_TEST_MYSQL_URL"

// Shared is a server for all tests of a binary, which is started when the first of
// them asks for a database, and ended with Stop at the end of TestMain. The zero
// value is ready. Its methods are safe for concurrent use.
type Shared struct {
	once   sync.Once
	server *Server // nil if it is somebody else's
	dir    string
	admin  *sql.DB
	at     *url.URL
	err    error
}

// Database creates an empty database, dropped with the test, and returns its URL.
func (s *Shared) Database(t testing.TB) string {
	t.Helper()
	s.once.Do(s.start)
	failOrSkip(t, s.err)
	if s.server != nil {
		return s.server.Database(t)
	}
	name, err := create(s.admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.admin.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name); err != nil {
			t.Error(err)
		}
	})
	at := *s.at
	at.Path = "/" + name
	return at.String()
}

func (s *Shared) start() {
	if text := os.Getenv(urlVariable); text != "" {
		s.err = s.use(text)
		return
	}
	if s.dir, s.err = os.MkdirTemp("", "mysqltest"); s.err == nil {
		s.server, s.err = start(s.dir, nil)
	}
}

// use connects to a server that runs already.
func (s *Shared) use(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.User == nil || u.Host == "" {
		return fmt.Errorf("%s is not of the form mysql://user:password@host:port/", urlVariable)
	}
	s.at = u
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr = u.User.Username(), "tcp", u.Host
	config.Passwd, _ = u.User.Password()
	config.TLSConfig = u.Query().Get("tls")
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	s.admin = sql.OpenDB(connector)
	s.admin.SetMaxIdleConns(-1)
	return s.admin.Ping()
}

// Stop ends the server, if one was started, and deletes its data.
func (s *Shared) Stop() {
	if s.server != nil {
		s.server.Stop()
	}
	if s.admin != nil {
		s.admin.Close()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}
