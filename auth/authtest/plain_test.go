package authtest_test

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

// plain are accounts in memory that keep the contract. The flaws are made from
// them.
type plain struct {
	mu   sync.Mutex
	byID map[string]auth.Account
}

func newPlain() *plain { return &plain{byID: map[string]auth.Account{}} }

// with calls f with the accounts locked.
func (p *plain) with(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// giveWay lets the others come in between two steps that should be one.
func giveWay() { time.Sleep(time.Millisecond) }

func (p *plain) Create(ctx context.Context, a auth.Account) (id string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.first(func(b auth.Account) bool { return b.Key == a.Key }); err == nil {
		return "", auth.ErrNameTaken
	}
	return p.put(a), nil
}

// put stores an account under a new id. The caller holds the lock.
func (p *plain) put(a auth.Account) (id string) {
	a.ID = "id-" + strconv.Itoa(100+len(p.byID))
	p.byID[a.ID] = a
	return a.ID
}

func (p *plain) Find(ctx context.Context, _, key string) (auth.Account, error) {
	return p.find(ctx, func(a auth.Account) bool { return a.Key == key })
}

func (p *plain) FindID(ctx context.Context, id string) (auth.Account, error) {
	return p.find(ctx, func(a auth.Account) bool { return a.ID == id })
}

func (p *plain) find(ctx context.Context, is func(auth.Account) bool) (auth.Account, error) {
	if err := ctx.Err(); err != nil {
		return auth.Account{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first(is)
}

// first returns any account that is meant. The caller holds the lock.
func (p *plain) first(is func(auth.Account) bool) (auth.Account, error) {
	for _, a := range p.byID {
		if is(a) {
			return a, nil
		}
	}
	return auth.Account{}, auth.ErrNoAccount
}

func (p *plain) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	return p.replace(ctx, replacement, func(a auth.Account) bool { return a.ID == id && a.Hash == old })
}

func (p *plain) replace(ctx context.Context, replacement string, is func(auth.Account) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a, err := p.first(is)
	if err == nil {
		a.Hash = replacement
		p.byID[a.ID] = a
	}
	return err
}
