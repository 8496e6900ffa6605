package session

import (
	"context"
	"sync/atomic"
	"time"
)

// deadline is the context of one operation on the store. It ends after a given
// time and not with the request: a closed tab cannot abort a logout, nor the
// load that comes before it. The time runs from when somebody first asks about
// it, which a store does before it waits for anything. A store in memory never
// does, and context.WithTimeout would cost more than its answer.
type deadline struct {
	values  context.Context // of the request, or what a method was given
	timeout time.Duration
	armed   atomic.Pointer[armed] // nil until somebody asks
}

type armed struct {
	context.Context
	cancel context.CancelFunc
}

// released stands for the context that nobody asked for before the operation
// was over.
var released = func() *armed {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return &armed{ctx, cancel}
}()

// newDeadline returns a context with the values of ctx that ends after d. The
// caller calls release at the end of the operation.
func newDeadline(ctx context.Context, d time.Duration) *deadline {
	return &deadline{values: ctx, timeout: d}
}

// newDeadline returns what the function newDeadline does, the first time without
// an allocation. The caller holds op.
func (s *Session) newDeadline(ctx context.Context) *deadline {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &s.toWork().storing
	if d.values != nil {
		return newDeadline(ctx, s.m.o.StoreTimeout)
	}
	d.values, d.timeout = ctx, s.m.o.StoreTimeout
	return d
}

// release ends the context and stops its timer.
func (d *deadline) release() {
	if !d.armed.CompareAndSwap(nil, released) {
		d.armed.Load().cancel()
	}
}

func (d *deadline) Deadline() (time.Time, bool) { return d.arm().Deadline() }

func (d *deadline) Done() <-chan struct{} { return d.arm().Done() }

func (d *deadline) Err() error {
	if armed := d.armed.Load(); armed != nil {
		return armed.Err()
	}
	return nil
}

// Value answers from the armed context once there is one, by which package
// context recognises it as its own and needs no goroutine to watch it. The
// cancellation of the request must not be found.
func (d *deadline) Value(key any) any {
	if armed := d.armed.Load(); armed != nil && armed != released {
		return armed.Value(key)
	}
	return context.WithoutCancel(d.values).Value(key)
}

func (d *deadline) arm() context.Context {
	if armed := d.armed.Load(); armed != nil {
		return armed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.values), d.timeout)
	if !d.armed.CompareAndSwap(nil, &armed{ctx, cancel}) {
		cancel() // somebody else was faster
	}
	return d.armed.Load()
}
