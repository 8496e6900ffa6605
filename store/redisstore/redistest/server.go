package redistest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a redis-server that belongs to a test.
type Server struct {
	// Port is the port on 127.0.0.1.
	Port int

	t    testing.TB
	dir  string
	args []string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan error // receives what Wait returns
	mu   sync.Mutex // guards the connection of Do
	conn net.Conn
	r    *bufio.Reader
}

// patience is how long a server may take for anything.
const patience = 20 * time.Second

// Start starts a server and waits until it answers. The arguments are options as
// on the command line, such as "--maxmemory", "10mb".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, func(int) []string { return args })
}

// start is Start for options that depend on the port.
func start(t testing.TB, args func(port int) []string) *Server {
	t.Helper()
	path := find(t)
	dir := t.TempDir()
	var last error
	for range 10 { // somebody else may take the port first
		s := &Server{Port: freePort(t), t: t, dir: dir}
		s.args = args(s.Port)
		if last = s.start(path); last == nil {
			t.Cleanup(s.Stop)
			return s
		}
	}
	t.Fatal(last)
	return nil
}

func find(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return path
}

// freePort returns a port that is free, and with it the one of the cluster's bus.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		bus, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+busOffset)))
		l.Close()
		if err == nil {
			bus.Close()
			return port
		}
	}
	t.Fatal("no two ports are free")
	return 0
}

// busOffset is where a node of a cluster listens for the others. The usual 10,000
// would be beyond the last port for half of those that the system gives out.
const busOffset = -9000

func (s *Server) start(path string) error {
	s.log = &bytes.Buffer{}
	s.cmd = exec.Command(path, append(s.args,
		"--port", strconv.Itoa(s.Port), "--bind", "127.0.0.1", "--dir", s.dir,
		"--save", "", "--appendonly", "no", "--databases", "1000", "--daemonize", "no",
		"--repl-diskless-sync-delay", "0")...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	s.done = ended
	go func() { ended <- s.cmd.Wait() }()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if _, err := s.TryDo("PING"); err == nil || strings.Contains(err.Error(), "NOAUTH") {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("redis-server: %s", s.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	s.cmd.Process.Kill()
	<-ended
	return errors.New("redis-server does not answer")
}

// Addr returns host and port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// PID returns the number of the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// URL returns the URL of one of the server's 1000 databases.
func (s *Server) URL(database int) string { return fmt.Sprintf("redis://%s/%d", s.Addr(), database) }

// Stop kills the server. It may be called again, and Restart brings it back, empty.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	s.drop()
	s.Signal(syscall.SIGCONT)
	s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// Restart starts the server again on its port.
func (s *Server) Restart() {
	s.t.Helper()
	s.Stop()
	if err := s.start(find(s.t)); err != nil {
		s.t.Fatal(err)
	}
}

// Signal sends a signal, such as SIGSTOP and SIGCONT, to the server.
func (s *Server) Signal(sig syscall.Signal) {
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("signal: %v", err)
	}
}

// File returns a path in the server's directory.
func (s *Server) File(name string) string { return filepath.Join(s.dir, name) }
