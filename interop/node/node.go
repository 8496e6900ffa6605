// Package node runs Node programs for tests.
package node

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a program may take to start.
const patience = time.Minute

// Program is a Node program that runs until its test ends.
type Program struct {
	// Ready is the first line that the program printed, by which it says that
	// it is ready, and where.
	Ready string

	t     testing.TB
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	log   *output
	ended chan struct{} // closed when the program has ended
}

// Start runs a script with the packages of package-lock.json, and waits until it
// has printed a line. The script is a path from the caller's directory; env are
// variables such as "PORT=0" beside those of the test itself. The program is
// killed when the test ends; what it wrote to standard error is shown if the test
// has failed. Where Node or the packages are missing the test is skipped, and
// fails with CI set.
func Start(t testing.TB, script string, env ...string) *Program {
	t.Helper()
	p := &Program{t: t, log: &output{}, ended: make(chan struct{})}
	p.cmd = command(t, t.Context(), script, env)
	p.cmd.Stderr = p.log
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	// A pipe of our own: that of StdoutPipe may be closed before all is read.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = w
	p.out = bufio.NewReaderSize(r, 1<<16)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(errors.Join(err, r.Close(), w.Close()))
	}
	w.Close()
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Stop()
		r.Close()
		if t.Failed() {
			t.Logf("%s:\n%s", script, p.log)
		}
	})
	line := make(chan string, 1)
	go func() { line <- p.ReadLine() }()
	select {
	case p.Ready = <-line:
	case <-time.After(patience):
		p.Stop() // which ends the reading
		<-line
	}
	if p.Ready == "" {
		t.Fatalf("%s printed no line", script)
	}
	return p
}

// Stop kills the program and waits for its end. It may be called again.
func (p *Program) Stop() {
	p.cmd.Process.Kill()
	<-p.ended
}

// Signal sends a signal, such as SIGSTOP and SIGCONT, to the program.
func (p *Program) Signal(sig syscall.Signal) {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("signal: %v", err)
	}
}

// WriteLine writes a line to the program's standard input.
func (p *Program) WriteLine(line string) error {
	_, err := io.WriteString(p.stdin, line+"\n")
	return err
}

// ReadLine returns the next line of the program's standard output without its
// end, or "" if the program has ended. One goroutine at a time may read.
func (p *Program) ReadLine() string {
	line, _ := p.out.ReadString('\n')
	return strings.TrimSuffix(line, "\n")
}

// Run runs a script to its end, with input as its standard input, and returns
// what it printed. The test fails if the script does; see [Start] for the rest.
func Run(t testing.TB, script, input string, env ...string) string {
	t.Helper()
	cmd := command(t, t.Context(), script, env)
	cmd.Stdin = strings.NewReader(input)
	var log output
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, &log)
	}
	return string(out)
}

func command(t testing.TB, ctx context.Context, script string, env []string) *exec.Cmd {
	t.Helper()
	path, err := Find()
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(ctx, path, script)
	cmd.Env = append(os.Environ(), append([]string{"NODE_PATH=" + filepath.Join(Dir(), "node_modules")}, env...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = patience
	return cmd
}

// ErrMissing: Node, or the packages, are not installed.
var ErrMissing = errors.New("node or its packages are missing")

// Find returns the path of Node if the packages of package-lock.json are installed
// too. The error wraps [ErrMissing] otherwise, and says what to run.
func Find() (string, error) {
	path, err := exec.LookPath("node")
	if err != nil {
		return "", errors.Join(ErrMissing, err)
	}
	wanted, err := os.Stat(filepath.Join(Dir(), "package-lock.json"))
	if err != nil {
		return "", err
	}
	// npm writes that file at the end of an installation.
	installed, err := os.Stat(filepath.Join(Dir(), "node_modules", ".package-lock.json"))
	if err != nil || installed.ModTime().Before(wanted.ModTime()) {
		return "", errors.Join(ErrMissing, errors.New(`run "npm ci --ignore-scripts" in interop, or "make test"`))
	}
	return path, nil
}

// Dir returns the directory of the module interop, where the packages are.
func Dir() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
}

// output collects what a program writes while others may read it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
