package store_test

import (
	"context"
	"hash/fnv"
	"iter"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// indexed is a store with an index of users.
type indexed interface {
	store.Store
	store.UserIndex
}

// sharded spreads sessions over several stores: docs/scaling.md says when that
// is needed, and what to see to. A record is where its id says, and so is what
// is noted of it; a user's instant is where the user's name says. So each method
// is about one store, but for UserSessions, which has to ask all.
type sharded []indexed

func (s sharded) of(name string) indexed {
	h := fnv.New64a()
	h.Write([]byte(name))
	return s[h.Sum64()%uint64(len(s))]
}

func (s sharded) Get(ctx context.Context, id string) (store.Record, error) {
	return s.of(id).Get(ctx, id)
}

func (s sharded) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	return s.of(id).Create(ctx, id, data, expires)
}

func (s sharded) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	return s.of(id).Save(ctx, id, data, expires, base)
}

func (s sharded) Touch(ctx context.Context, id string, expires time.Time) error {
	return s.of(id).Touch(ctx, id, expires)
}

func (s sharded) Delete(ctx context.Context, id string, base store.Version) error {
	return s.of(id).Delete(ctx, id, base)
}

func (s sharded) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	return s.of(id).AddUserSession(ctx, user, id, expires)
}

func (s sharded) RemoveUserSession(ctx context.Context, user, id string) error {
	return s.of(id).RemoveUserSession(ctx, user, id)
}

func (s sharded) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, shard := range s {
			for id, err := range shard.UserSessions(ctx, user) {
				if !yield(id, err) || err != nil {
					return
				}
			}
		}
	}
}

func (s sharded) NotBefore(ctx context.Context, user string) (time.Time, error) {
	return s.of(user).NotBefore(ctx, user)
}

func (s sharded) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	return s.of(user).SetNotBefore(ctx, user, notBefore, base)
}

// Several stores under one keep the contract that each keeps by itself.
func TestSharded(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store {
		s := make(sharded, 5)
		for i := range s {
			s[i] = memory.New(memory.Options{})
		}
		return s
	})
}
