package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

const password = "correct horse"

// binary is the program under test, built once.
var binary string

// The servers of all tests that do not stop them.
var (
	cluster pgtest.Shared
	mariaDB mysqltest.Shared
)

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sojourn-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "sojourn")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	defer cluster.Stop()
	defer mariaDB.Stop()
	return m.Run()
}

// command returns the program, to be run with these arguments and additions to
// the environment, and ended with the test.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir()}, env...)
	cmd.Dir = t.TempDir()
	return cmd
}

// process is a running server.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	base     string
	greeting string
	stderr   *buffer
	exited   chan struct{}
}

// start starts a server on a free port and waits for the line in which it says
// where.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	cmd := command(t, env, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	p := &process{t: t, cmd: cmd, stderr: new(buffer), exited: make(chan struct{})}
	cmd.Stderr = p.stderr
	stdout, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() { _ = cmd.Wait(); close(p.exited) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-p.exited; stdout.Close() })
	stdout.SetReadDeadline(time.Now().Add(30 * time.Second))
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("no greeting: %v; stderr: %s", err, p.stderr)
	}
	p.greeting = strings.TrimSpace(line)
	if p.base = regexp.MustCompile(`https?://127\.0\.0\.1:[1-9][0-9]*`).FindString(line); p.base == "" {
		t.Fatalf("no address in %q", line)
	}
	return p
}

// stop sends a signal and returns the exit code.
func (p *process) stop(s os.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	return p.wait()
}

func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		p.t.Fatal("it does not stop")
	}
	return p.cmd.ProcessState.ExitCode()
}

// buffer is a bytes.Buffer for two goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// browser keeps its cookies whatever process answers: by name, as the port
// changes.
type browser struct {
	t *testing.T
	http.Client
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, Client: http.Client{
		Jar:           jar,
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true},
	}}
}

func (b *browser) post(p *process, path string, pairs ...string) int {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := b.PostForm(p.base+path, form)
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func (b *browser) get(p *process, path string) (status int, body string) {
	b.t.Helper()
	resp, err := b.Get(p.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (b *browser) enter(p *process, path, name string) {
	b.t.Helper()
	if status := b.post(p, path, "username", name, "password", password); status != http.StatusSeeOther {
		b.t.Fatalf("POST %s: %d", path, status)
	}
}

// greeted reports whether the start page knows name.
func (b *browser) greeted(p *process, name string) bool {
	b.t.Helper()
	status, body := b.get(p, "/")
	return status == http.StatusOK && strings.Contains(body, "Hello, "+name+"!")
}

const terminate = syscall.SIGTERM
