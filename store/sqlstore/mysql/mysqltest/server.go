package mysqltest

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Server is a mariadbd that belongs to a test or to a [Shared].
type Server struct {
	// Port is the port on 127.0.0.1.
	Port int

	dir      string
	args     []string
	password string
	cmd      *exec.Cmd
	log      *bytes.Buffer
	done     chan error // receives what Wait returns
	admin    *sql.DB
}

const (
	// patience is how long a server may take for anything.
	patience = 30 * time.Second

	// account is the user of the tests, who may do everything.
	account = "sojourn"
)

// Start starts a server and waits until it answers. The arguments are options as on
// the command line, such as "--innodb-lock-wait-timeout=1". It ends with the test.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s, err := start(t.TempDir(), args)
	failOrSkip(t, err)
	t.Cleanup(s.Stop)
	return s
}

// start starts a server with its files in dir.
func start(dir string, args []string) (*Server, error) {
	s := &Server{dir: dir, args: args, password: rand.Text()}
	if err := s.install(); err != nil {
		return nil, err
	}
	var err error
	for range 10 { // somebody else may take the port first
		if s.Port, err = freePort(); err != nil {
			return nil, err
		}
		if err = s.run(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// install makes the directory of data, and the account with the first start.
func (s *Server) install() error {
	program, err := find("mariadb-install-db")
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	// A server that starts deletes the temporary tables of those that share its
	// directory with it.
	if err := os.Mkdir(s.path("tmp"), 0o700); err != nil {
		return err
	}
	cmd := exec.Command(program, "--no-defaults", "--datadir="+s.path("data"), "--tmpdir="+s.path("tmp"), "--user="+me.Username,
		"--skip-test-db", "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	statements := fmt.Sprintf("CREATE USER IF NOT EXISTS %s@'127.0.0.1' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO %s@'127.0.0.1' WITH GRANT OPTION;\n",
		account, s.password, account)
	return os.WriteFile(s.path("init.sql"), []byte(statements), 0o600)
}

// run starts the program and waits until it answers. What it writes need not
// survive the machine, so it does not wait for the disk.
func (s *Server) run() error {
	program, err := find("mariadbd")
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	s.log = &bytes.Buffer{}
	s.cmd = exec.Command(program, append([]string{
		"--no-defaults", "--user=" + me.Username, "--datadir=" + s.path("data"), "--tmpdir=" + s.path("tmp"), "--init-file=" + s.path("init.sql"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(s.Port), "--socket=" + s.path("s"), "--pid-file=" + s.path("pid"),
		"--skip-name-resolve", "--skip-log-bin", "--performance-schema=OFF", "--max-connections=500",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-use-native-aio=0",
		"--innodb-flush-method=nosync", "--sync-frm=OFF", "--innodb-file-per-table=OFF", "--innodb-stats-persistent=OFF",
		"--innodb-log-file-size=8M", "--innodb-buffer-pool-size=64M",
	}, s.args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	s.done = ended
	go func() { ended <- s.cmd.Wait() }()
	if err := s.connect(); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if s.admin.Ping() == nil {
			return nil
		}
		select {
		case <-ended:
			s.admin.Close()
			s.cmd = nil
			return fmt.Errorf("mariadbd: %s", s.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
	s.Stop()
	return errors.New("mariadbd does not answer")
}

// connect makes the connections of Exec.
func (s *Server) connect() error {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.Net, config.Addr = account, s.password, "tcp", s.Addr()
	config.Logger = &mysql.NopLogger{}
	config.Timeout = patience
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	s.admin = sql.OpenDB(connector)
	s.admin.SetMaxIdleConns(-1) // no goroutine is left in a test that has created a database
	return nil
}

// Addr returns host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// PID returns the number of the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// URL returns the URL of a database on the server.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("mysql://%s:%s@%s/%s", account, s.password, s.Addr(), database)
}

// Database creates an empty database and returns its URL. It is dropped with the
// test.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name, err := create(s.admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd != nil {
			s.admin.Exec("DROP DATABASE IF EXISTS " + name)
		}
	})
	return s.URL(name)
}

func create(admin *sql.DB) (name string, err error) {
	name = "sojourn_test_" + strings.ToLower(rand.Text()[:12])
	_, err = admin.Exec("CREATE DATABASE " + name)
	return name, err
}

// Exec executes a statement as a user who may do everything. An error fails the
// test.
func (s *Server) Exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := s.admin.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// Stop kills the server. It may be called again, and Restart brings it back with
// its data.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	s.admin.Close()
	s.cmd.Process.Signal(syscall.SIGCONT)
	s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// Restart starts the server again on its port, with these arguments in place of
// those before, if there are any.
func (s *Server) Restart(t testing.TB, args ...string) {
	t.Helper()
	s.Stop()
	if len(args) > 0 {
		s.args = args
	}
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}
