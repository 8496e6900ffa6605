package redisstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/redis/rueidis"

	"github.com/sojourn-dev/sojourn/store/redisstore/engine"
)

// adapter is an engine.Client on rueidis. All commands are built as arbitrary
// ones, which rueidis never retries.
type adapter struct {
	client rueidis.Client
	owned  bool // Close closes the client
}

func build(b rueidis.Builder, c engine.Command) rueidis.Completed {
	if c.Key == 0 {
		return b.Arbitrary(c.Args...).Build()
	}
	return b.Arbitrary(c.Args[:c.Key]...).Keys(c.Args[c.Key]).Args(c.Args[c.Key+1:]...).Build()
}

func (a *adapter) Do(ctx context.Context, c engine.Command) engine.Reply {
	return reply(a.client.Do(ctx, build(a.client.B(), c)))
}

func (a *adapter) DoAll(ctx context.Context, commands []engine.Command) []engine.Reply {
	return a.all(commands, func(built []rueidis.Completed) []rueidis.RedisResult {
		return a.client.DoMulti(ctx, built...)
	})
}

func (a *adapter) DoAlone(ctx context.Context, commands []engine.Command) []engine.Reply {
	return a.all(commands, func(built []rueidis.Completed) (results []rueidis.RedisResult) {
		// It returns what the function does, which is nil.
		_ = a.client.Dedicated(func(own rueidis.DedicatedClient) error {
			results = own.DoMulti(ctx, built...)
			return nil
		})
		return results
	})
}

func (a *adapter) all(commands []engine.Command, do func([]rueidis.Completed) []rueidis.RedisResult) []engine.Reply {
	built := make([]rueidis.Completed, len(commands))
	for i, c := range commands {
		built[i] = build(a.client.B(), c)
	}
	replies := make([]engine.Reply, len(commands))
	for i, r := range do(built) {
		replies[i] = reply(r)
	}
	return replies
}

// reply takes a result apart.
func reply(r rueidis.RedisResult) engine.Reply {
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
	}
	return nil
}
