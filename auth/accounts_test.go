package auth_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/authtest"
)

func TestInMemory(t *testing.T) {
	t.Parallel()
	authtest.Run(t, func(*testing.T) auth.Accounts { return newInMemory() })
}

// inMemory keeps accounts in a map, for tests in which time is not the real
// one: a database driver has goroutines that know nothing of it.
type inMemory struct {
	mu    sync.Mutex
	byKey map[string]auth.Account
}

func newInMemory() *inMemory { return &inMemory{byKey: make(map[string]auth.Account)} }

func (m *inMemory) Create(ctx context.Context, a auth.Account) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.byKey[a.Key]; taken {
		return "", auth.ErrNameTaken
	}
	a.ID = strconv.Itoa(len(m.byKey) + 1)
	m.byKey[a.Key] = a
	return a.ID, nil
}

func (m *inMemory) Find(ctx context.Context, _, key string) (auth.Account, error) {
	if err := ctx.Err(); err != nil {
		return auth.Account{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.byKey[key]
	if !ok {
		return auth.Account{}, auth.ErrNoAccount
	}
	return a, nil
}

func (m *inMemory) FindID(ctx context.Context, id string) (auth.Account, error) {
	if err := ctx.Err(); err != nil {
		return auth.Account{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.byKey {
		if a.ID == id {
			return a, nil
		}
	}
	return auth.Account{}, auth.ErrNoAccount
}

func (m *inMemory) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, a := range m.byKey {
		if a.ID == id && a.Hash == old {
			a.Hash = replacement
			m.byKey[key] = a
			return nil
		}
	}
	return auth.ErrNoAccount
}
