// Package isolate runs parts of a program in processes of their own: each with
// a heap that nobody else fills, none with a goroutine that somebody else
// forgot, and free to crash.
package isolate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// variable names the job of a process that was started for one.
const variable = "SOJOURN_BENCH_JOB"

// Job does something with its input, which is JSON, and returns what can be
// told in JSON.
type Job func(input []byte) (any, error)

// Of makes a job of a function.
func Of[In, Out any](do func(In) (Out, error)) Job {
	return func(input []byte) (any, error) {
		var in In
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, err
		}
		return do(in)
	}
}

// Main does the job that this process was started for and ends it. If it was
// started for none, Main returns. It is to be called first in main and in
// TestMain, with the same jobs.
func Main(jobs map[string]Job) {
	name, input, _ := strings.Cut(os.Getenv(variable), " ")
	if name == "" {
		return
	}
	job, ok := jobs[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "no job is called %q\n", name)
		os.Exit(2)
	}
	out, err := job([]byte(input))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// CrashError is that of a job whose process was ended by the runtime.
type CrashError struct {
	// Reason is what the runtime said first, such as "fatal error:
	// concurrent map writes".
	Reason string
}

func (e *CrashError) Error() string { return e.Reason }

// Run does a job in a process of its own and returns its result.
func Run[Out any](ctx context.Context, name string, input any) (out Out, err error) {
	cmd, err := Command(ctx, name, input)
	if err != nil {
		return out, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if reason := crash(stderr.String()); reason != "" {
			return out, &CrashError{reason}
		}
		first, _, _ := strings.Cut(stderr.String(), "\n")
		return out, fmt.Errorf("%s: %w: %s", name, errors.Join(ctx.Err(), err), first)
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		return out, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// Command returns the command that does a job in a process of its own, for jobs
// that are talked to meanwhile.
func Command(ctx context.Context, name string, input any) (*exec.Cmd, error) {
	in, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, executable)
	// The race detector, where there is one, waits for a second at the end.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"), variable+"="+name+" "+string(in))
	return cmd, nil
}

func crash(stderr string) string {
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "panic: ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
