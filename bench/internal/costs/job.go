package costs

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
	"github.com/sojourn-dev/sojourn/store"
)

// Job measures one engine.
type Job struct {
	// Engine is its name.
	Engine string
	// Sessions is how many are kept.
	Sessions int
	// Time is how long each operation is measured.
	Time time.Duration
	// Callers is how many calls are made at a time.
	Callers int
}

const jobName = "costs"

// Jobs are those that a program which uses this package has to serve.
func Jobs() map[string]isolate.Job {
	return map[string]isolate.Job{jobName: isolate.Of(measureOne)}
}

// usualCallers is how many calls are made at a time.
const usualCallers = 16

// order is that in which operations are measured: each finds what it needs.
var order = []Operation{Create, Note, SetNotBefore, NotBefore, Get, Touch, Save, List, Forget, Delete}

// measureOne starts an engine, fills it, and measures what calls cost.
func measureOne(j Job) (result Engine, err error) {
	ctx := context.Background()
	e, err := engine.Start(ctx, j.Engine)
	if err != nil {
		return Engine{}, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	s, end, err := engine.Open(ctx, j.Engine, e.URL)
	if err != nil {
		return Engine{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	data, err := sample(ctx)
	if err != nil {
		return Engine{}, err
	}
	// Scripts are loaded, statements prepared, connections made.
	warm, err := newCalls(s, data, 4*usualCallers, j.Callers)
	if err != nil {
		return Engine{}, err
	}
	for _, o := range order {
		if _, err := spell(ctx, warm, o, 0); err != nil {
			return Engine{}, err
		}
	}
	c, err := newCalls(s, data, j.Sessions, j.Callers)
	if err != nil {
		return Engine{}, err
	}
	result = Engine{Name: j.Engine, Title: title(j.Engine), Server: e.Title, Durability: e.Durability, Sessions: j.Sessions, Operations: make(map[Operation]Cost)}
	for _, o := range order {
		before, err := size(ctx, e)
		if err != nil {
			return Engine{}, err
		}
		if result.Operations[o], err = cost(ctx, e, c, o, j.Time); err != nil {
			return Engine{}, err
		}
		after, err := size(ctx, e)
		if err != nil {
			return Engine{}, err
		}
		switch o {
		case Create:
			result.Bytes = float64(after-before) / float64(j.Sessions)
			if result.Further, err = further(ctx, e, s, data, j, result.Bytes); err != nil {
				return Engine{}, err
			}
		case Note:
			result.Noted = float64(after-before) / float64(j.Sessions)
		}
	}
	return result, exchanged(ctx, e, data, result.Operations)
}

// further returns what a byte of data takes that a session has more than those
// that were measured: by a quarter as many sessions with a kilobyte more of text
// that cannot be compressed.
func further(ctx context.Context, e *engine.Engine, s store.Store, data string, j Job, usual float64) (float64, error) {
	var random [768]byte
	rand.Read(random[:])
	more := fmt.Sprintf(`,"more":%q}`, base64.RawURLEncoding.EncodeToString(random[:]))
	c, err := newCalls(s, strings.TrimSuffix(data, "}")+more, max(j.Sessions/4, usualCallers), j.Callers)
	if err != nil {
		return 0, err
	}
	before, err := size(ctx, e)
	if err != nil {
		return 0, err
	}
	if _, err := spell(ctx, c, Create, 0); err != nil {
		return 0, err
	}
	after, err := size(ctx, e)
	runtime.KeepAlive(s) // whose memory this may be
	each := float64(after-before) / float64(len(c.ids))
	return (each - usual) / float64(len(c.data)-len(data)), err
}

// title is what an engine is called in tables.
func title(name string) string {
	return map[string]string{
		engine.Memory: "memory", engine.SQLite: "SQLite", engine.Redis: "Redis", engine.Postgres: "PostgreSQL",
		engine.MySQL: "MariaDB", engine.MongoDB: "FerretDB",
	}[name]
}

// size returns how many bytes an engine takes for what is stored.
func size(ctx context.Context, e *engine.Engine) (int64, error) {
	n, err := e.Size(ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		n, _ = measure.Heap()
		return n, nil
	}
	return n, err
}

// counted are the counters of an engine and of this process.
type counted struct{ commands, server, client, written float64 }

func count(ctx context.Context, e *engine.Engine) (c counted, err error) {
	known := func(n int64, err error) (float64, error) {
		if errors.Is(err, errors.ErrUnsupported) {
			return 0, nil
		}
		return float64(n), err
	}
	var errs [3]error
	c.commands, errs[0] = known(e.Commands(ctx))
	c.written, errs[1] = known(e.Written(ctx))
	used, err := e.CPU()
	c.server, errs[2] = known(int64(used), err)
	var own syscall.Rusage
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	c.client = float64(own.Utime.Nano() + own.Stime.Nano())
	return c, errors.Join(errs[0], errs[1], errs[2], err)
}

// cost measures what an operation costs. Those that others need, the version that
// a read returns included, are made once with each session, others for some
// time.
func cost(ctx context.Context, e *engine.Engine, c *calls, o Operation, d time.Duration) (Cost, error) {
	before, err := count(ctx, e)
	if err != nil {
		return Cost{}, err
	}
	if o == Create || o == Note || o == Get {
		d = 0
	}
	n, err := spell(ctx, c, o, d)
	if err != nil {
		return Cost{}, err
	}
	after, err := count(ctx, e)
	if err != nil {
		return Cost{}, err
	}
	each := func(a, b float64) float64 { return (a - b) / float64(n) }
	return Cost{
		Commands: each(after.commands, before.commands), Written: each(after.written, before.written),
		ServerCPU: each(after.server, before.server), ClientCPU: each(after.client, before.client),
	}, nil
}

// spell makes calls from several goroutines and returns how many: one with each
// session if d is 0, else as many as there is time for, but no second one of
// those that can be made only once.
func spell(ctx context.Context, c *calls, o Operation, d time.Duration) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, d+10*time.Minute)
	defer cancel()
	begun := time.Now()
	var wg sync.WaitGroup
	made, errs := make([]int, c.callers), make([]error, c.callers)
	for caller := range c.callers {
		wg.Go(func() {
			for i := caller; errs[caller] == nil; i += c.callers {
				if i >= len(c.ids) {
					if d == 0 || o.once() {
						return
					}
					i = caller
				}
				if d > 0 && made[caller] > 0 && time.Since(begun) > d {
					return
				}
				errs[caller] = c.call(ctx, o, i)
				made[caller]++
			}
		})
	}
	wg.Wait()
	for _, m := range made {
		n += m
	}
	if err := errors.Join(errs...); err != nil {
		return 0, fmt.Errorf("measuring: %w", err)
	}
	return n, nil
}
