package engine

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// lateTimer is a context whose deadline has passed, and whose timer is late.
type lateTimer struct{ context.Context }

func (lateTimer) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

// Ensure that the end of a context is its error, whoever has noticed it first.
func TestPlain(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	far, cancelFar := context.WithTimeout(context.Background(), time.Hour)
	defer cancelFar()
	timeout := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	server := ServerError("NOPERM")
	for _, test := range []struct {
		name      string
		ctx       context.Context
		err, want error
	}{
		{"the connection was first", lateTimer{context.Background()}, timeout, context.DeadlineExceeded},
		{"another error at that time", lateTimer{context.Background()}, net.ErrClosed, net.ErrClosed},
		{"a timeout of the client's own", far, timeout, os.ErrDeadlineExceeded},
		{"cancelled", ended, net.ErrClosed, context.Canceled},
		{"answered", ended, server, server},
		{"fine", ended, nil, nil},
	} {
		if got := plain(test.ctx, Reply{Err: test.err}).Err; !errors.Is(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
