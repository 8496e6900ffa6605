package session

import (
	"context"
	"sync"
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

	mu       sync.Mutex
	released bool
	armed    *armed
}

type armed struct {
	context.Context
	cancel context.CancelFunc
}

// newDeadline returns a context with the values of ctx that ends after d. The
// caller calls release at the end of the operation.
func newDeadline(ctx context.Context, d time.Duration) *deadline {
	return &deadline{values: ctx, timeout: d}
}

// release ends the context and stops its timer.
func (d *deadline) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.released = true
	if d.armed != nil {
		d.armed.cancel()
	}
}

func (d *deadline) Deadline() (time.Time, bool) { return d.arm().Deadline() }

func (d *deadline) Done() <-chan struct{} { return d.arm().Done() }

func (d *deadline) Err() error {
	if armed := d.current(); armed != nil {
		return armed.Err()
	}
	return nil
}

// Value answers from the armed context once there is one, by which package
// context recognises it as its own and needs no goroutine to watch it. The
// cancellation of the request must not be found.
func (d *deadline) Value(key any) any {
	if armed := d.current(); armed != nil {
		return armed.Value(key)
	}
	return context.WithoutCancel(d.values).Value(key)
}

func (d *deadline) arm() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.armed == nil {
		d.armed = new(armed)
		d.armed.Context, d.armed.cancel = context.WithTimeout(context.WithoutCancel(d.values), d.timeout)
		if d.released { // by somebody who kept the context for later
			d.armed.cancel()
		}
	}
	return d.armed
}

func (d *deadline) current() *armed {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.armed
}
