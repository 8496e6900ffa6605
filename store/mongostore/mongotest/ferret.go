package mongotest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// patience is how long a server may take for anything.
const patience = 30 * time.Second

// ferret is a FerretDB in a process of its own.
type ferret struct {
	addr  string
	pid   int
	stdin io.WriteCloser // at whose end it ends
	cmd   *exec.Cmd
}

// stop ends it, and waits until it has gone.
func (f *ferret) stop() error { return errors.Join(f.stdin.Close(), f.cmd.Wait()) }

// sharedFerret returns the FerretDB that all servers of this process share, each with
// a database of its own. It is started the first time, and ends with this process.
var sharedFerret = sync.OnceValues(func() (*ferret, error) { return startFerret() })

const (
	module  = "github.com/sojourn-dev/sojourn/store/mongostore"
	program = module + "/mongotest/ferret"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// version returns which version of this package is linked in: that of the program,
// as all modules of the repository are released together.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "latest"
}

// startFerret builds the program ferret, which Go keeps for the next time, and starts
// it. Whether it waits for the compiler is not for the deadlines of tests.
func startFerret(flags ...string) (*ferret, error) {
	cmd := exec.Command("go", append([]string{"run", program + "@" + version()}, flags...)...)
	_, file, _, _ := runtime.Caller(0)
	if dir := filepath.Join(filepath.Dir(file), "ferret"); exists(dir) { // in a checkout
		cmd = exec.Command("go", append([]string{"run", "."}, flags...)...)
		cmd.Dir = dir
	}
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.Stdout = w
	stderr, err := os.CreateTemp("", "ferret")
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	defer os.Remove(stderr.Name())
	cmd.Stderr = stderr // a file, for which nobody has to read
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		cmd.Wait()
		said, _ := os.ReadFile(stderr.Name())
		return nil, fmt.Errorf("go run ferret: %w: %s", err, bytes.TrimSpace(said))
	}
	f := &ferret{stdin: stdin, cmd: cmd}
	if _, err := fmt.Sscan(line, &f.addr, &f.pid); err != nil {
		return nil, errors.Join(fmt.Errorf("go run ferret: %q: %w", line, err), f.stop())
	}
	return f, nil
}
