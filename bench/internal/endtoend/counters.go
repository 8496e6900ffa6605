package endtoend

import (
	"context"
	"errors"
	"math"

	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// counters are those of an application and of its engine at an instant. What the
// engine does not count is NaN.
type counters struct {
	// application and server are seconds of processors' time.
	application, server float64
	// commands is how many the engine has done, and written how many bytes
	// it has written to keep them.
	commands, written float64
}

func look(ctx context.Context, p *process, e *engine.Engine) (c counters, err error) {
	used, err := p.usage()
	if err != nil {
		return c, err
	}
	c.application = used.Seconds()
	used, err = e.CPU()
	if c.server, err = counted(used.Seconds(), err); err != nil {
		return c, err
	}
	n, err := e.Commands(ctx)
	if c.commands, err = counted(float64(n), err); err != nil {
		return c, err
	}
	n, err = e.Written(ctx)
	c.written, err = counted(float64(n), err)
	return c, err
}

func counted(value float64, err error) (float64, error) {
	if errors.Is(err, errors.ErrUnsupported) {
		return math.NaN(), nil
	}
	return value, err
}
