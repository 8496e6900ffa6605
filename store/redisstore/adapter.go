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

var (
	errSlots    = errors.New("what the cluster says of its slots is not understood")
	errChanging = errors.New("the cluster has changed, and not all its primaries are known yet")
)

// Primaries returns the nodes of a cluster that have slots, in an order that does
// not change. The client learns of a change when a node sends it elsewhere, or
// looks from time to time; until then it is an error, as part of the keys would be
// left out.
func (a *adapter) Primaries(ctx context.Context) ([]engine.Client, error) {
	if a.client.Mode() != rueidis.ClientModeCluster {
		return []engine.Client{a}, nil
	}
	r := a.Do(ctx, engine.Command{Args: []string{"CLUSTER", "SLOTS"}})
	if r.Err != nil {
		return nil, r.Err
	}
	owners, err := ownersOf(r.Value)
	if err != nil {
		return nil, err
	}
	known := map[any]engine.Client{}
	for _, client := range a.client.Nodes() {
		n := &adapter{client: client}
		// One that does not answer is missed below if it has slots.
		if r := n.Do(ctx, engine.Command{Args: []string{"CLUSTER", "MYID"}}); r.Err == nil {
			known[r.Value] = n
		}
	}
	var clients []engine.Client
	for _, owner := range owners {
		if known[owner] == nil {
			return nil, cmp.Or(ctx.Err(), errChanging)
		}
		clients = append(clients, known[owner])
	}
	return clients, nil
}

// ownersOf returns the ids of the nodes that have slots. The answer is a list of
// first slot, last slot, and nodes, of which the first has them; a node is address,
// port, id and more.
func ownersOf(slots any) ([]string, error) {
	list, ok := slots.([]any)
	if !ok || len(list) == 0 {
		return nil, errSlots
	}
	var owners []string
	for _, v := range list {
		r, _ := v.([]any)
		if len(r) < 3 {
			return nil, errSlots
		}
		node, _ := r[2].([]any)
		if len(node) < 3 {
			return nil, errSlots
		}
		id, ok := node[2].(string)
		if !ok {
			return nil, errSlots
		}
		owners = append(owners, id)
	}
	slices.Sort(owners)
	return slices.Compact(owners), nil
}

func (a *adapter) Close() error {
	if a.owned {
		a.client.Close()
	}
	return nil
}
