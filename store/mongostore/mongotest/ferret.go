package mongotest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// patience is how long a server may take for anything.
const patience = 30 * time.Second

// ferret is a FerretDB in a process of its own.
type ferret struct {
	addr  string
	stdin io.WriteCloser // at whose end it ends
}

// sharedFerret returns the FerretDB that all servers of this process share, each with
// a database of its own. It is started the first time, and ends with this process.
var sharedFerret = sync.OnceValues(startFerret)

// startFerret builds the program ferret, which Go keeps for the next time, and starts
// it. Whether it waits for the compiler is not for the deadlines of tests.
func startFerret() (*ferret, error) {
	_, file, _, _ := runtime.Caller(0)
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = filepath.Join(filepath.Dir(file), "ferret")
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
	return &ferret{addr: strings.TrimSpace(line), stdin: stdin}, nil
}
