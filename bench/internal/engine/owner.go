package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// owner stands in for the test that a server of the stores' test packages belongs
// to. Methods of a test that these have no use for panic.
type owner struct {
	testing.TB // nil, for a method that only package testing can implement

	ctx      context.Context
	name     string
	mu       sync.Mutex
	cleanups []func()
	failed   []error
}

func newOwner(ctx context.Context, name string) *owner {
	return &owner{ctx: context.WithoutCancel(ctx), name: name}
}

// run calls f in a goroutine, which Fatal ends, and returns what has failed.
func (o *owner) run(f func() error) error {
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := f(); err != nil {
			o.fail(err)
		}
	})
	wg.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	err := errors.Join(o.failed...)
	o.failed = nil
	return err
}

// close cleans up, the last first, whatever fails.
func (o *owner) close() (err error) {
	o.mu.Lock()
	cleanups := o.cleanups
	o.cleanups = nil
	o.mu.Unlock()
	for _, f := range slices.Backward(cleanups) {
		err = errors.Join(err, o.run(func() error {
			f()
			return nil
		}))
	}
	return err
}

func (o *owner) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed = append(o.failed, err)
}

func (o *owner) Helper()                  {}
func (o *owner) Name() string             { return o.name }
func (o *owner) Context() context.Context { return o.ctx }
func (o *owner) Log(...any)               {}
func (o *owner) Logf(string, ...any)      {}

func (o *owner) Cleanup(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cleanups = append(o.cleanups, f)
}

func (o *owner) TempDir() string {
	dir, err := os.MkdirTemp("", "sojourn-bench-")
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			o.Error(err)
		}
	})
	return dir
}

func (o *owner) Failed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.failed) > 0
}

func (o *owner) Error(args ...any) { o.fail(errors.New(strings.TrimSpace(fmt.Sprintln(args...)))) }

func (o *owner) Errorf(format string, args ...any) { o.fail(fmt.Errorf(format, args...)) }

func (o *owner) Fatal(args ...any) {
	o.Error(args...)
	runtime.Goexit()
}

func (o *owner) Fatalf(format string, args ...any) {
	o.Errorf(format, args...)
	runtime.Goexit()
}

// Skip is what happens where a server is not installed. That is an error here.
func (o *owner) Skip(args ...any) { o.Fatal(args...) }
