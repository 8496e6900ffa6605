package session_test

import (
	"context"
	"sync"
	"testing"
	"time"
)

// gate holds somebody up until the test lets go.
type gate struct {
	arrived, opened chan struct{}
	once            sync.Once
}

// newGate returns a closed gate, which the end of the test opens.
func newGate(t testing.TB) *gate {
	g := &gate{arrived: make(chan struct{}, 100), opened: make(chan struct{})}
	t.Cleanup(g.open)
	return g
}

// pass says that somebody has arrived, and waits until the gate is open.
func (g *gate) pass() {
	g.arrived <- struct{}{}
	select {
	case <-g.opened:
	case <-time.After(patience): // the test has failed; do not hang its server
	}
}

func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

// await waits until somebody has arrived.
func (g *gate) await(t testing.TB) {
	t.Helper()
	await(t, g.arrived, "nobody arrived at the gate")
}

// await receives from a channel on which something comes at once.
func await[T any](t testing.TB, c <-chan T, otherwise string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal(otherwise)
	}
	return v
}

// holding returns an interceptor that passes the gate at one kind of operation.
func (g *gate) holding(op string) func(context.Context, string, string) error {
	return func(_ context.Context, o, _ string) error {
		if o == op {
			g.pass()
		}
		return nil
	}
}
