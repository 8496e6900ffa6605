package goredis

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-dev/sojourn/store/redisstore/engine"
)

// Store is a [store.Store] and all optional interfaces of package store. See
// [engine.Store] for its methods.
type Store = engine.Store

// Options configure a [Store]; the zero value is good. See [engine.Options] for
// the fields.
type Options = engine.Options

// DefaultPrefix is what the keys of sessions begin with unless [Options] says
// otherwise. It is that of connect-redis.
const DefaultPrefix = engine.DefaultPrefix

// The errors of this package beside those of package store.
var (
	// ErrClosed: the store was closed.
	ErrClosed = engine.ErrClosed
	// ErrNotReplicated: a session has ended, but fewer replicas than
	// [Options.WaitReplicas] have confirmed it in time.
	ErrNotReplicated = engine.ErrNotReplicated
)

// New returns a store that uses client: a [redis.Client], be it for one server or
// through Sentinel, or a [redis.ClusterClient]. Close leaves the client open.
// Options.Cache is not used, as nothing would feed it.
func New(client redis.UniversalClient, o Options) *Store {
	o.Cache = nil
	return engine.New(adapter{client}, o)
}

// adapter is an engine.Client on go-redis.
type adapter struct {
	client redis.UniversalClient
}

// once is a command that go-redis never sends twice.
type once struct {
	*redis.Cmd
}

// NoRetry implements [redis.Cmder].
func (once) NoRetry() bool { return true }

func command(ctx context.Context, c engine.Command) once {
	args := make([]any, len(c.Args))
	for i, arg := range c.Args {
		args[i] = arg
	}
	return once{redis.NewCmd(ctx, args...)}
}

// reply takes the result of a command apart.
func reply(c once) engine.Reply {
	v, err := c.Result()
	if errors.Is(err, redis.Nil) {
		return engine.Reply{}
	}
	var answer redis.Error
	if errors.As(err, &answer) {
		return engine.Reply{Err: engine.ServerError(answer.Error())}
	}
	return engine.Reply{Value: v, Err: err}
}

func (a adapter) Do(ctx context.Context, c engine.Command) engine.Reply {
	cmd := command(ctx, c)
	_ = a.client.Process(ctx, cmd) // the command has it, too
	return reply(cmd)
}

func (a adapter) DoAll(ctx context.Context, commands []engine.Command) []engine.Reply {
	return pipelined(ctx, a.client, commands)
}

// pipelined sends commands in a pipeline, which has its connection for itself.
func pipelined(ctx context.Context, client redis.Cmdable, commands []engine.Command) []engine.Reply {
	pipe := client.Pipeline()
	cmds := make([]once, len(commands))
	for i, c := range commands {
		cmds[i] = command(ctx, c)
		_ = pipe.Process(ctx, cmds[i]) // a pipeline only takes it in
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	replies := make([]engine.Reply, len(cmds))
	for i, cmd := range cmds {
		replies[i] = reply(cmd)
	}
	return replies
}

func (a adapter) DoAlone(ctx context.Context, commands []engine.Command) []engine.Reply {
	var node redis.Cmdable = a.client
	if cluster, ok := a.client.(*redis.ClusterClient); ok {
		// A command without a key would go to any node.
		primary, err := cluster.MasterForKey(ctx, commands[0].Args[commands[0].Key])
		if err != nil {
			return slices.Repeat([]engine.Reply{{Err: err}}, len(commands))
		}
		node = primary
	}
	return pipelined(ctx, node, commands)
}

// Primaries returns the primaries of a cluster, in an order that does not change.
func (a adapter) Primaries(ctx context.Context) ([]engine.Client, error) {
	cluster, ok := a.client.(*redis.ClusterClient)
	if !ok {
		return []engine.Client{a}, nil
	}
	var mu sync.Mutex
	var nodes []*redis.Client
	err := cluster.ForEachMaster(ctx, func(_ context.Context, node *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		nodes = append(nodes, node)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(nodes, func(a, b *redis.Client) int { return cmp.Compare(a.Options().Addr, b.Options().Addr) })
	clients := make([]engine.Client, len(nodes))
	for i, node := range nodes {
		clients[i] = adapter{node}
	}
	return clients, nil
}

func (a adapter) Close() error { return nil }
