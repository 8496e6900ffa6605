package auth

import (
	"context"
	"fmt"
)

// gate lets a few in at a time, has a few more wait in the order in which they
// came, and turns away the rest.
type gate struct {
	admitted chan struct{} // those inside and those who wait
	inside   chan struct{}
}

func newGate(inside, waiting int) *gate {
	return &gate{admitted: make(chan struct{}, inside+waiting), inside: make(chan struct{}, inside)}
}

// enter waits for a place inside. Without an error, leave must follow.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.admitted <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case g.inside <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.admitted
		return fmt.Errorf("waiting to check a password: %w", context.Cause(ctx))
	}
}

func (g *gate) leave() {
	<-g.inside
	<-g.admitted
}
