package pgtest

import (
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// LimitFiles lets no file of the server grow beyond so many bytes, which is to a
// table what a full disk is; 0 lifts the limit. A segment of the write-ahead log is
// as long as it will ever be from the beginning, 16 MiB, so the limit should not be
// below that. It needs the program prlimit, which comes with every Linux.
func (s *Server) LimitFiles(t testing.TB, bytes int) {
	t.Helper()
	limit := "unlimited"
	if bytes != 0 {
		limit = strconv.Itoa(bytes)
	}
	children, err := s.children()
	if err != nil {
		t.Fatal(err)
	}
	// The server first, for those that it is going to start.
	for _, pid := range append([]int{s.cmd.Process.Pid}, children...) {
		cmd := exec.Command("prlimit", "--pid", strconv.Itoa(pid), "--fsize="+limit+":")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as} // who may do so, even where root may not
		out, err := cmd.CombinedOutput()
		if err != nil && (pid == s.cmd.Process.Pid || s.runs(pid)) {
			t.Fatalf("prlimit: %v: %s", err, out)
		}
	}
}
