package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// mongoDB is a server that speaks MongoDB's protocol, in a process of its own:
// within this module it would decide the versions of what the program requires.
type mongoDB struct {
	url   *url.URL
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	dir   string
}

func startMongoDB() (*mongoDB, error) {
	dir, err := os.MkdirTemp("", "sojourn-mongodb-")
	if err != nil {
		return nil, err
	}
	m := &mongoDB{dir: dir}
	if err := m.start(); err != nil {
		return nil, errors.Join(err, m.stop())
	}
	return m, nil
}

func (m *mongoDB) start() error {
	binary := filepath.Join(m.dir, "serve")
	build := exec.Command("go", "build", "-o", binary, "./serve")
	build.Dir = filepath.Join("..", "..", "store", "mongostore", "mongotest")
	if out, err := build.CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	m.cmd = exec.Command(binary)
	m.cmd.Env = append(os.Environ(), "TMPDIR="+m.dir)
	m.cmd.Stderr = os.Stderr
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var err error
	if m.stdin, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	m.out = bufio.NewReader(stdout)
	if err := m.cmd.Start(); err != nil {
		m.cmd = nil
		return err
	}
	line, err := m.out.ReadString('\n')
	if err != nil {
		return err
	}
	m.url, err = url.Parse(strings.TrimSpace(line))
	return err
}

// stop ends the server for good.
func (m *mongoDB) stop() (err error) {
	if m.cmd != nil {
		m.stdin.Close()
		err = m.cmd.Wait()
	}
	return errors.Join(err, os.RemoveAll(m.dir))
}

// do has the server do something, such as "pause", and waits until it has.
func (m *mongoDB) do(t *testing.T, what string) {
	t.Helper()
	if _, err := io.WriteString(m.stdin, what+"\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.out.ReadString('\n'); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// database returns the URL of an empty database.
func (m *mongoDB) database() string {
	u := *m.url
	u.Path = "/" + rand.Text()
	return u.String()
}

// sharedMongoDB is the server of all tests that do not stop it.
type sharedMongoDB struct {
	once   sync.Once
	server *mongoDB
	err    error
}

// Database returns the URL of an empty database.
func (s *sharedMongoDB) Database(t *testing.T) string {
	t.Helper()
	s.once.Do(func() { s.server, s.err = startMongoDB() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.server.database()
}

// Stop ends the server, if there is one.
func (s *sharedMongoDB) Stop() {
	if s.server != nil {
		s.server.stop()
	}
}
