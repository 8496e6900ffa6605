// Package examples_test runs the programs of the lessons and does with each of
// them what its page shows.
package examples_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// patience is how long anything may take before a test gives up on it.
const patience = time.Minute

// servers start what a program needs, and return where it is.
var servers = map[string]func(*testing.T) (variable string){
	"redis":   func(t *testing.T) string { return "REDIS_URL=" + redistest.Start(t).URL(0) },
	"mongodb": func(t *testing.T) string { return "MONGODB_URL=" + mongotest.Start(t).URL() },
}

// programs is where the programs are built.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sojourn-examples-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	programs = dir
	if out, err := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// TestPages types the commands of each page and compares what they print.
func TestPages(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	pages, err := filepath.Glob("*/README.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("pages %q, %v", pages, err)
	}
	for _, page := range pages {
		name := filepath.Dir(page)
		if name == "frameworks" { // has tests of its own
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			steps := transcript(t, string(text))
			base := start(t, name, steps[0].command)
			dir := t.TempDir()
			for _, s := range steps[1:] {
				s.check(t, dir, base)
			}
			if len(steps) < 3 {
				t.Errorf("the page shows only %d commands", len(steps))
			}
		})
	}
}

// A step is a command of a page and what it prints, where … stands for
// anything.
type step struct{ command, output string }

var console = regexp.MustCompile("(?ms)^```console\n(.*?)^```")

// transcript returns the steps of a page. The first starts the program.
func transcript(t *testing.T, text string) (steps []step) {
	t.Helper()
	for _, block := range console.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				steps = append(steps, step{command: strings.TrimSpace(command)})
			} else if len(steps) > 0 {
				steps[len(steps)-1].output += line
			}
		}
	}
	if len(steps) == 0 {
		t.Fatal("the page shows no command")
	}
	return steps
}

var address = regexp.MustCompile(`https?://127\.0\.0\.1:3000`)

func (s step) check(t *testing.T, dir, base string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", address.ReplaceAllString(s.command, base))
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v", s.command, err)
	}
	want := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(s.output)), "…", ".*")
	got := strings.TrimSpace(strings.ReplaceAll(string(out), "\r", ""))
	if !regexp.MustCompile("^" + want + "$").MatchString(got) {
		t.Errorf("%s\nprints %q,\n  want %q", s.command, got, strings.TrimSpace(s.output))
	}
}

// start runs a program as a page says, but on a free port, and returns its URL.
func start(t *testing.T, name, command string) (base string) {
	t.Helper()
	before, args, ok := strings.Cut(command, "go run ./examples/"+name)
	if !ok {
		t.Fatalf("%s does not run the program", command)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(programs, name),
		append(strings.Fields(args), "-addr", "127.0.0.1:0")...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+cmd.Dir)
	for assignment := range strings.FieldsSeq(strings.ReplaceAll(before, "$(go run ./cmd/sojourn secret)", rand.Text())) {
		cmd.Env = append(cmd.Env, assignment)
	}
	if server := servers[name]; server != nil {
		cmd.Env = append(cmd.Env, server(t))
	}
	stderr, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // being killed is no news
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			t.Error("the program does not stop")
			_ = cmd.Process.Kill()
			<-ended
		}
		stderr.Close()
	})
	if err := stderr.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the program does not say where it serves: %v", err)
		}
		if _, url, ok := strings.Cut(line, "serving on "); ok {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the program
			if err := stderr.SetReadDeadline(time.Time{}); err != nil {
				t.Error(err)
			}
			return strings.TrimSpace(url)
		}
	}
}

// A program that keeps sessions beyond its own life says what it lacks instead
// of making up a secret that ends them.
func TestSecretIsMissing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"redis", "mongodb", "accounts"} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(programs, name), "-addr", "127.0.0.1:0")
		cmd.Env = []string{"TMPDIR=" + t.TempDir()}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "go run ./cmd/sojourn secret prints one") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}
