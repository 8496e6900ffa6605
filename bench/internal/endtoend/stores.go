package endtoend

import (
	"context"
	"fmt"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// open opens the store that a job names, gives it to the application, and
// returns what closes it.
func open(ctx context.Context, j Job, config *app.Config) (closeStore func() error, err error) {
	switch j.Engine {
	case memory:
		return func() error { return nil }, nil
	default:
		return nil, fmt.Errorf("no engine is called %q", j.Engine)
	}
}
