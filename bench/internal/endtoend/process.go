package endtoend

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// process is an application that runs in a process of its own. It prints its
// address when it is ready, and ends when its standard input does.
type process struct {
	// url is where it listens.
	url string

	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// start starts a command, which is killed when the context ends that it was made
// with, and waits for the address.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd}
	cmd.Stderr = &p.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.stdin = stdin
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewReader(stdout)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := p.stdout.ReadString('\n')
	if p.url = strings.TrimSpace(line); err != nil || !strings.HasPrefix(p.url, "http://") {
		if err == nil {
			err = fmt.Errorf("it printed %q and no address", p.url)
		}
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// stop lets the process end and waits for that.
func (p *process) stop() error {
	p.stdin.Close()
	io.Copy(io.Discard, p.stdout)
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, p.stderr.Bytes())
	}
	return nil
}

// usage is how much processor time the process has taken.
func (p *process) usage() (time.Duration, error) { return engine.ProcessorTime(p.cmd.Process.Pid) }
