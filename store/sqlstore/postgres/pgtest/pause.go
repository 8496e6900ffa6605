package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Pause makes the server stand still, with all its processes: connections stay
// open, new ones are accepted by the system, and nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	if err := s.signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// Resume lets the server go on.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	if err := s.signal(syscall.SIGCONT); err != nil {
		t.Error(err)
	}
}

// signal sends a signal to the server and, as each of them is in a group of its
// own, to the processes that it has for its connections.
func (s *Server) signal(sig syscall.Signal) error {
	if err := syscall.Kill(s.cmd.Process.Pid, sig); err != nil {
		return fmt.Errorf("pgtest: signal: %w", err)
	}
	children, err := s.children()
	for _, child := range children {
		syscall.Kill(child, sig)
	}
	return err
}

// children returns the processes that the server has for its connections, and
// those that work in the background.
func (s *Server) children() (pids []int, err error) {
	parent := strconv.Itoa(s.cmd.Process.Pid)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// "pid (name) state parent …", where a name may hold parentheses.
		pid, _, _ := strings.Cut(string(text), " ")
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 2 || fields[1] != parent {
			continue
		}
		if child, err := strconv.Atoi(pid); err == nil {
			pids = append(pids, child)
		}
	}
	return pids, nil
}

// runs reports whether there is a process of that number.
func (s *Server) runs(pid int) bool { return syscall.Kill(pid, 0) == nil }
