package redisstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/redis/rueidis"

	"github.com/sojourn-dev/sojourn/store/redisstore/engine"
)

// adapter is an engine.Client on rueidis. All commands are built as arbitrary
// ones, which rueidis never retries.
type adapter struct {
	client rueidis.Client
	owned  bool // Close closes the client
	calls  calls
}

// calls counts what is under way, for Close to wait for.
type calls struct {
	mu     sync.RWMutex
	closed bool
	group  sync.WaitGroup
}

func (c *calls) start(call func()) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.closed {
		c.group.Go(call)
	}
	return !c.closed
}

func (c *calls) wait() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.group.Wait()
}

func (a *adapter) build(c engine.Command) rueidis.Completed {
	return build(a.client.B(), c)
}

func build(b rueidis.Builder, c engine.Command) rueidis.Completed {
	if c.Key == 0 {
		return b.Arbitrary(c.Args...).Build()
	}
	return b.Arbitrary(c.Args[:c.Key]...).Keys(c.Args[c.Key]).Args(c.Args[c.Key+1:]...).Build()
}

// await returns what call returns, but no later than the context ends. While
// rueidis connects it looks at no context but that of the first who waits.
func await[T any](ctx context.Context, calls *calls, call func() T, ended func(error) T) T {
	if ctx.Done() == nil {
		return call()
	}
	if err := ctx.Err(); err != nil {
		return ended(err)
	}
	result := make(chan T, 1)
	if !calls.start(func() { result <- call() }) {
		return ended(engine.ErrClosed)
	}
	select {
	case r := <-result:
		return r
	case <-ctx.Done():
		return ended(ctx.Err())
	}
}

func (a *adapter) Do(ctx context.Context, c engine.Command) engine.Reply {
	return await(ctx, &a.calls,
		func() engine.Reply { return reply(ctx, a.client.Do(ctx, a.build(c))) },
		func(err error) engine.Reply { return engine.Reply{Err: err} })
}

func (a *adapter) DoAll(ctx context.Context, commands []engine.Command) []engine.Reply {
	return a.all(ctx, commands, a.client.B(), a.client.DoMulti)
}

func (a *adapter) DoAlone(ctx context.Context, commands []engine.Command) []engine.Reply {
	return a.all(ctx, commands, a.client.B(), func(ctx context.Context, commands ...rueidis.Completed) (results []rueidis.RedisResult) {
		// It returns what the function does, which is nil.
		_ = a.client.Dedicated(func(own rueidis.DedicatedClient) error {
			results = own.DoMulti(ctx, commands...)
			return nil
		})
		return results
	})
}

func (a *adapter) all(ctx context.Context, commands []engine.Command, b rueidis.Builder, do func(context.Context, ...rueidis.Completed) []rueidis.RedisResult) []engine.Reply {
	return await(ctx, &a.calls,
		func() []engine.Reply {
			built := make([]rueidis.Completed, len(commands))
			for i, c := range commands {
				built[i] = build(b, c)
			}
			replies := make([]engine.Reply, len(commands))
			for i, r := range do(ctx, built...) {
				replies[i] = reply(ctx, r)
			}
			return replies
		},
		func(err error) []engine.Reply {
			return slices.Repeat([]engine.Reply{{Err: err}}, len(commands))
		})
}

// reply takes a result apart.
func reply(ctx context.Context, r rueidis.RedisResult) engine.Reply {
	v, err := r.ToAny()
	if err == nil {
		return engine.Reply{Value: v}
	}
	if rueidis.IsRedisNil(err) {
		return engine.Reply{}
	}
	if e, ok := rueidis.IsRedisErr(err); ok {
		return engine.Reply{Err: engine.ServerError(e.Error())}
	}
	if errors.Is(err, rueidis.ErrNoCache) {
		err = rueidis.ErrNoCache // what it wraps repeats the command, with a password
	}
	// What a connection says when it is closed under a call comes before what
	// the context says, though it is the same.
	if ended := ctx.Err(); ended != nil {
		err = ended
	}
	return engine.Reply{Err: err}
}

var errNoPrimary = errors.New("the cluster has no node that is known to be a primary")

// Primaries returns the nodes of a cluster that are not replicas, in an order that
// does not change.
func (a *adapter) Primaries(ctx context.Context) ([]engine.Client, error) {
	if a.client.Mode() != rueidis.ClientModeCluster {
		return []engine.Client{a}, nil
	}
	type node struct {
		address string
		client  engine.Client
	}
	var nodes []node
	for address, client := range a.client.Nodes() {
		n := &adapter{client: client}
		r := n.Do(ctx, engine.Command{Args: []string{"ROLE"}})
		if r.Err != nil {
			return nil, r.Err
		}
		role, _ := r.Value.([]any)
		if len(role) > 0 && role[0] == "master" {
			nodes = append(nodes, node{address, n})
		}
	}
	if len(nodes) == 0 {
		return nil, errNoPrimary
	}
	slices.SortFunc(nodes, func(a, b node) int { return cmp.Compare(a.address, b.address) })
	clients := make([]engine.Client, len(nodes))
	for i, n := range nodes {
		clients[i] = n.client
	}
	return clients, nil
}

func (a *adapter) Close() error {
	if a.owned {
		a.client.Close()
		a.calls.wait()
	}
	return nil
}
