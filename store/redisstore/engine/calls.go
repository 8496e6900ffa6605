package engine

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// maxCalls is how many calls of the client may be under way at once. While a server
// stands still each of them may outlast who waits for it; those that come then
// wait without a goroutine of their own.
const maxCalls = 1024

// calls counts what is under way, for Close to wait for.
type calls struct {
	slots  chan struct{}
	mu     sync.RWMutex
	closed bool
	group  sync.WaitGroup
}

// start has a goroutine make the call as soon as there is room.
func (c *calls) start(ctx context.Context, call func()) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		<-c.slots
		return ErrClosed
	}
	c.group.Go(func() {
		defer func() { <-c.slots }()
		call()
	})
	return nil
}

func (c *calls) wait() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.group.Wait()
}

// await returns what call returns, but no later than the context ends. Clients
// look at a context while they wait for a reply, or only at its deadline; few
// do while they connect.
func await[T any](ctx context.Context, calls *calls, call func() T, ended func(error) T) T {
	if err := ctx.Err(); err != nil {
		return ended(err)
	}
	if ctx.Done() == nil {
		return call()
	}
	result := make(chan T, 1)
	if err := calls.start(ctx, func() { result <- call() }); err != nil {
		return ended(err)
	}
	select {
	case r := <-result:
		return r
	case <-ctx.Done():
		return ended(ctx.Err())
	}
}

func (s *Store) do(ctx context.Context, client Client, c Command) Reply {
	r := await(ctx, &s.calls,
		func() Reply { return client.Do(ctx, c) },
		func(err error) Reply { return Reply{Err: err} })
	return plain(ctx, r)
}

func (s *Store) doAll(ctx context.Context, commands []Command, do func(context.Context, []Command) []Reply) []Reply {
	replies := await(ctx, &s.calls,
		func() []Reply { return do(ctx, commands) },
		func(err error) []Reply { return slices.Repeat([]Reply{{Err: err}}, len(commands)) })
	for i, r := range replies {
		replies[i] = plain(ctx, r)
	}
	return replies
}

// plain has the end of a context be its own error, whatever a connection says
// that is closed under a call because of it. A client may give the deadline to the
// connection, which then ends a moment before the timer of the context goes off.
func plain(ctx context.Context, r Reply) Reply {
	if _, answered := r.Err.(ServerError); r.Err == nil || answered {
		return r
	}
	deadline, ok := ctx.Deadline()
	switch {
	case ctx.Err() != nil:
		r.Err = ctx.Err()
	case ok && errors.Is(r.Err, os.ErrDeadlineExceeded) && !time.Now().Before(deadline):
		r.Err = context.DeadlineExceeded
	}
	return r
}

func (s *Store) primaries(ctx context.Context) ([]Client, error) {
	type result struct {
		clients []Client
		err     error
	}
	r := await(ctx, &s.calls,
		func() result { clients, err := s.client.Primaries(ctx); return result{clients, err} },
		func(err error) result { return result{err: err} })
	return r.clients, r.err
}
