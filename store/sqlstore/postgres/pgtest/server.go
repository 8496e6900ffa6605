package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server that belongs to a test.
type Server struct {
	// Port is the port on 127.0.0.1.
	Port int
	// Password is that of the superuser, whose name is "postgres".
	Password string

	bin      string
	dir      string
	as       *syscall.Credential
	settings []string
	log      bytes.Buffer // of the program that runs
	cmd      *exec.Cmd
	done     chan error // receives what Wait returns
}

// patience is how long a server may take for anything.
const patience = time.Minute

// Start starts a server and waits until it answers. It is stopped with the test.
// The settings are of the form "name=value", as in postgresql.conf.
//
// The server does not wait for the disk (fsync is off): what it has written
// survives Stop, but not the death of the machine.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := newServer(settings)
	failOrSkip(t, err)
	t.Cleanup(s.Stop)
	return s
}

func newServer(settings []string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	as, err := owner()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	s := &Server{Password: rand.Text(), bin: bin, dir: dir, as: as, settings: settings}
	if err := s.initialise(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for range 10 { // somebody else may take the port first
		if s.Port, err = freePort(); err == nil {
			err = s.run()
		}
		if err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(dir))
}

func (s *Server) initialise() error {
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(s.Password+"\n"), 0o600); err != nil {
		return err
	}
	if s.as != nil {
		for _, path := range []string{s.dir, password} {
			if err := os.Chown(path, int(s.as.Uid), int(s.as.Gid)); err != nil {
				return err
			}
		}
	}
	// The password crosses the loopback interface in the clear, which spares each
	// connection the expensive computations of the safer methods.
	initdb := s.command("initdb", "-D", s.data(), "-U", "postgres", "--pwfile", password, "--auth=password",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	initdb.Stdout, initdb.Stderr = &s.log, &s.log
	if err := initdb.Run(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w: %s", err, s.log.String())
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command returns a program of the server's, which dies with this process.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + s.dir, "TZ=UTC"}
	// A server that is killed by SIGKILL leaves its children behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

func (s *Server) run() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.Port)}
	for _, setting := range append([]string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC", "fsync=off",
		"max_connections=300", "shared_buffers=32MB", "logging_collector=off", "jit=off",
	}, s.settings...) {
		args = append(args, "-c", setting)
	}
	s.log.Reset()
	s.cmd = s.command("postgres", args...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	s.done = ended
	cmd := s.cmd
	go func() { ended <- cmd.Wait() }()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if s.answers() {
			return nil
		}
		select {
		case err := <-ended:
			s.cmd = nil
			return fmt.Errorf("pgtest: postgres: %w: %s", err, s.log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	s.halt()
	return errors.New("pgtest: the server does not answer")
}

func (s *Server) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// Addr returns host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// PID returns the number of the process that has started all others of the server.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// URL returns the URL of a database for the superuser.
func (s *Server) URL(database string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", s.Password),
		Host: s.Addr(), Path: "/" + database, RawQuery: "sslmode=disable",
	}).String()
}

// Database creates a database of the given name, made of letters and digits, and
// returns its URL. The options are those of CREATE DATABASE.
func (s *Server) Database(t testing.TB, name string, options ...string) string {
	t.Helper()
	Exec(t, s.URL("postgres"), "CREATE DATABASE "+name+" "+strings.Join(options, " "))
	return s.URL(name)
}

// Stop stops the server at once, and removes what it has stored. It may be called
// more than once.
func (s *Server) Stop() {
	s.Halt()
	os.RemoveAll(s.dir)
}

// Halt stops the server, which [Server.Restart] brings back as it was. Connections
// are cut.
func (s *Server) Halt() {
	if s.cmd != nil {
		s.signal(syscall.SIGCONT)
		s.halt()
	}
}

func (s *Server) halt() {
	s.cmd.Process.Signal(syscall.SIGINT) // what PostgreSQL calls a fast shutdown
	select {
	case <-s.done:
	case <-time.After(patience):
		s.cmd.Process.Signal(syscall.SIGQUIT)
		<-s.done
	}
	s.cmd = nil
}

// Restart starts the server again, on its port.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Halt()
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
