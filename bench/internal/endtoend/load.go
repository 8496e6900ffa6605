package endtoend

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoWrk: the load generator is not installed.
var ErrNoWrk = errors.New("wrk is missing, which generates the load: on Debian it is in the package wrk")

//go:embed load.lua
var script []byte

// generator runs wrk.
type generator struct {
	wrk string
	// dir holds the script, and the cookies.
	dir    string
	script string
}

// Ready returns an error if something is missing that [Measure] needs, and says what
// brings it.
func Ready() error {
	_, err := findWrk()
	if _, e := findNode(); e != nil {
		err = errors.Join(err, e)
	}
	return err
}

func findWrk() (string, error) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		return "", ErrNoWrk
	}
	return wrk, nil
}

// newGenerator finds wrk and writes its script into dir.
func newGenerator(dir string) (*generator, error) {
	wrk, err := findWrk()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "load.lua")
	if err := os.WriteFile(path, script, 0o600); err != nil {
		return nil, err
	}
	return &generator{wrk, dir, path}, nil
}

// load is what wrk measured.
type load struct {
	Requests     float64
	Microseconds float64
	// P50 and P99 are how long requests took, in microseconds.
	P50, P99 float64
	// What failed, by its kind.
	Connect, Read, Write, Status, Timeout int
}

// perSecond is how many requests were answered in a second.
func (l load) perSecond() float64 { return l.Requests / l.Microseconds * 1e6 }

// run sends requests to a URL for d, which is cut to seconds, one after another
// on each of some connections, with the cookies of a file in turn. A request that fails,
// or an answer of 400 or above, is an error.
func (g *generator) run(ctx context.Context, url, cookies string, connections int, d time.Duration) (load, error) {
	if d < time.Second {
		return load{}, fmt.Errorf("wrk counts in seconds, and %v is less than one", d)
	}
	// One thread: it is to take as little as it can of what it measures, and
	// has time to spare.
	cmd := exec.CommandContext(ctx, g.wrk, "-t1", fmt.Sprintf("-c%d", connections), fmt.Sprintf("-d%ds", int(d.Seconds())),
		"-s", g.script, "--timeout", "10s", url, "--", cookies)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return load{}, fmt.Errorf("wrk: %w: %s%s", errors.Join(ctx.Err(), err), stdout.Bytes(), stderr.Bytes())
	}
	l, err := parseLoad(stdout.String())
	if err != nil {
		return l, fmt.Errorf("%s: %w", url, err)
	}
	return l, nil
}

func parseLoad(output string) (load, error) {
	var l load
	i := strings.LastIndex(output, "{")
	if i < 0 {
		return l, fmt.Errorf("wrk printed nothing that the script does: %q", output)
	}
	if err := json.Unmarshal([]byte(output[i:]), &l); err != nil {
		return l, fmt.Errorf("wrk printed %q: %w", output[i:], err)
	}
	if l.Connect+l.Read+l.Write+l.Status+l.Timeout > 0 || l.Requests == 0 {
		return l, fmt.Errorf("of %.0f requests %d failed to connect, %d to read, %d to write, %d timed out, %d had an answer of 400 or above",
			l.Requests, l.Connect, l.Read, l.Write, l.Timeout, l.Status)
	}
	return l, nil
}
