package storetest_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Unlike package memory, plain keeps what is noted of sessions without a record.

func (p *plain) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	if err := p.checkBoth(ctx, user, id); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if expires = roundUp(expires); expires.After(time.Now()) && expires.After(p.noted[user][id]) {
		p.note(user, id, expires)
	}
	return nil
}

func (p *plain) RemoveUserSession(ctx context.Context, user, id string) error {
	if err := p.checkBoth(ctx, user, id); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.noted[user], id)
	return nil
}

func (p *plain) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := p.checkUser(ctx, user); err != nil {
			yield("", err)
			return
		}
		p.mu.Lock()
		noted := maps.Clone(p.noted[user])
		p.mu.Unlock()
		for id, expires := range noted {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if time.Now().Before(expires) && !yield(id, nil) {
				return
			}
		}
	}
}

func (p *plain) NotBefore(ctx context.Context, user string) (time.Time, error) {
	if err := p.checkUser(ctx, user); err != nil {
		return time.Time{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.instants[user], nil
}

func (p *plain) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	if err := p.checkUser(ctx, user); err != nil {
		return err
	}
	notBefore = notBefore.Truncate(time.Millisecond)
	if notBefore.IsZero() {
		return errors.New("the zero Time is no instant")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.instants[user].Equal(base.Truncate(time.Millisecond)) {
		return store.ErrConflict
	}
	p.instants[user] = notBefore
	return nil
}

func (p *plain) note(user, id string, expires time.Time) {
	if p.noted[user] == nil {
		p.noted[user] = map[string]time.Time{}
	}
	p.noted[user][id] = expires
}

func (p *plain) checkUser(ctx context.Context, user string) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return ctx.Err()
}

func (p *plain) checkBoth(ctx context.Context, user, id string) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return p.check(ctx, id)
}
