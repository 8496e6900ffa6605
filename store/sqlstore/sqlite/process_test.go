package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

const (
	roleVariable = "SOJOURN_TEST_SQLITE_ROLE"
	pathVariable = "SOJOURN_TEST_SQLITE_PATH"
	increments   = 300
)

// play is the main function of a second process.
func play(role string) int {
	s, err := sqlite.Open(os.Getenv(pathVariable))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer s.Close()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	switch role {
	case "count":
		err = count(context.Background(), s, increments)
	case "advance":
		err = advance(context.Background(), s, increments)
	case "write":
		err = writeForever(context.Background(), s)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// count adds n to the number in the record "counter", one by one.
func count(ctx context.Context, s store.Store, n int) error {
	for n > 0 {
		r, err := s.Get(ctx, "counter")
		if err != nil {
			return err
		}
		was, err := strconv.Atoi(r.Data)
		if err != nil {
			return err
		}
		switch _, err = s.Save(ctx, "counter", strconv.Itoa(was+1), r.Expires, r.Version); {
		case err == nil:
			n--
		case !errors.Is(err, store.ErrConflict):
			return err
		}
	}
	return nil
}

// writeForever creates the records r1, r2 and so on, writes each of them once
// more, and reports each number when the store has answered.
func writeForever(ctx context.Context, s store.Store) error {
	for i := 1; ; i++ {
		id := fmt.Sprintf("r%d", i)
		v, err := s.Create(ctx, id, "new", hourFromNow())
		if err != nil {
			return err
		}
		if _, err := s.Save(ctx, id, "saved", hourFromNow(), v); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// process is a second process that has opened the store at a path and waits
// for the word to begin.
type process struct {
	*exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
}

func start(t *testing.T, role, path string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, pathVariable+"="+path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, stdin, bufio.NewScanner(stdout)}
	if line := p.line(); line != "ready" {
		t.Fatalf("second process: %s", line)
	}
	return p
}

func (p *process) begin() { io.WriteString(p.stdin, "\n") }

// line returns the next line of output, "" after the last one.
func (p *process) line() string {
	p.lines.Scan()
	return p.lines.Text()
}

// Ensure that two processes do not lose an increment.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := openAt(t, path)
	if _, err := s.Create(t.Context(), "counter", "0", hourFromNow()); err != nil {
		t.Fatal(err)
	}
	other := start(t, "count", path)
	other.begin()
	if err := count(t.Context(), s, increments); err != nil {
		t.Error(err)
	}
	if line := other.line(); line != "" {
		t.Error(line)
	}
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
	r, err := s.Get(t.Context(), "counter")
	if err != nil {
		t.Fatal(err)
	}
	if want := strconv.Itoa(2 * increments); r.Data != want {
		t.Errorf("counter is %s, want %s", r.Data, want)
	}
}

// Ensure that the death of a process takes nothing with it that was answered,
// for those who have the file open as well as for those who open it later.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	witness := openAt(t, path)
	writer := start(t, "write", path)
	writer.begin()
	answered := 0
	for line := writer.line(); line != ""; line = writer.line() {
		n, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(line)
		}
		if answered = n; answered == 200 {
			writer.Process.Kill()
		}
	}
	writer.Wait()

	for name, s := range map[string]*sqlite.Store{"witness": witness, "opened later": openAt(t, path)} {
		for i := 1; i <= answered; i++ {
			r, err := s.Get(t.Context(), fmt.Sprintf("r%d", i))
			if err != nil || r.Data != "saved" {
				t.Fatalf("%s: record %d of %d: %q, %v", name, i, answered, r.Data, err)
			}
		}
		if _, err := s.Create(t.Context(), "by-"+name[:4], "", hourFromNow()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
