package endtoend

import (
	"context"
	"errors"
	"math"
	"net/http"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// touch is what a read costs that touches its session.
type touch struct {
	// written is how many bytes the engine writes to keep it, and commands
	// how many it does.
	written, commands float64
}

// touches reports whether the contender's touches are measured: of those of one
// library on one engine only the first are.
func (r *runner) touches() bool {
	return r.engine.Name != engine.Memory && r.name != cached
}

// counts reports whether the engine counts what the contender writes: of SQLite it
// counts the write-ahead log, which connect-sqlite3 does not use as it comes.
func (r *runner) counts() bool { return r.engine.Name != engine.SQLite || r.name != express }

// touch measures what it costs to read n sessions once each, all of which are
// touched.
func (r *runner) touch(ctx context.Context, v variant, n int) (t touch, err error) {
	v.touch, v.profile = true, ""
	p, err := r.start(ctx, v)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	cookies, err := fill(ctx, p.url, n)
	if err != nil {
		return t, err
	}
	before, err := look(ctx, p, r.engine)
	if err != nil {
		return t, err
	}
	err = each(n, func(c *http.Client, i int) error {
		_, err := get(ctx, c, p.url+"/"+app.Read.String(), cookies[i])
		return err
	})
	if err != nil {
		return t, err
	}
	after, err := look(ctx, p, r.engine)
	if err != nil {
		return t, err
	}
	t.written = (after.written - before.written) / float64(n)
	t.commands = (after.commands - before.commands) / float64(n)
	if !r.counts() {
		t.written = math.NaN()
	}
	return t, nil
}
