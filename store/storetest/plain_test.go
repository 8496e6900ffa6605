package storetest_test

import (
	"context"
	"iter"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// plain is a second store that keeps the contract, unlike package memory in all
// that the contract leaves open: counters for versions, expiries to the second, a
// goroutine to end. The flaws are made from it.
type plain struct {
	mu      sync.Mutex
	records map[string]store.Record
	last    int

	noted    map[string]map[string]time.Time // of each user, by id
	instants map[string]time.Time

	quit chan struct{}
	once sync.Once
}

func newPlain(t *testing.T) *plain {
	p := &plain{
		records: map[string]store.Record{}, noted: map[string]map[string]time.Time{}, instants: map[string]time.Time{},
		quit: make(chan struct{}),
	}
	go func() { <-p.quit }()
	t.Cleanup(func() { p.Close() })
	return p
}

func (p *plain) Close() error {
	p.once.Do(func() { close(p.quit) })
	return nil
}

func (p *plain) Get(ctx context.Context, id string) (store.Record, error) {
	if err := p.check(ctx, id); err != nil {
		return store.Record{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live(id)
}

func (p *plain) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	if err := p.check(ctx, id); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.live(id); err == nil {
		return "", store.ErrExists
	}
	return p.put(id, data, expires), nil
}

func (p *plain) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	if err := p.check(ctx, id); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.current(id, base); err != nil {
		return "", err
	}
	return p.put(id, data, expires), nil
}

func (p *plain) Touch(ctx context.Context, id string, expires time.Time) error {
	if err := p.check(ctx, id); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.live(id)
	if err == nil && expires.After(r.Expires) {
		r.Expires = roundUp(expires)
		p.records[id] = r
	}
	return err
}

func (p *plain) Delete(ctx context.Context, id string, base store.Version) error {
	if err := p.check(ctx, id); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if base != "" {
		if err := p.current(id, base); err != nil {
			return err
		}
	}
	delete(p.records, id)
	return nil
}

// All takes a snapshot, which a store with more than a few records must not.
func (p *plain) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		p.mu.Lock()
		records := maps.Clone(p.records)
		p.mu.Unlock()
		for id, r := range records {
			if err := ctx.Err(); err != nil {
				yield(store.Stored{}, err)
				return
			}
			if live(r) && !yield(store.Stored{ID: id, Record: r}, nil) {
				return
			}
		}
	}
}

func (p *plain) Count(ctx context.Context) (int, error) {
	n := 0
	for _, err := range p.All(ctx) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, ctx.Err()
}

func (p *plain) Clear(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.records)
	clear(p.noted)
	return nil
}

func (p *plain) check(ctx context.Context, id string) error {
	if err := store.CheckID(id); err != nil {
		return err
	}
	return ctx.Err()
}

func (p *plain) live(id string) (store.Record, error) {
	if r, ok := p.records[id]; ok && live(r) {
		return r, nil
	}
	return store.Record{}, store.ErrNotFound
}

func (p *plain) current(id string, base store.Version) error {
	r, err := p.live(id)
	if err == nil && r.Version != base {
		return store.ErrConflict
	}
	return err
}

func (p *plain) put(id, data string, expires time.Time) store.Version {
	p.last++
	v := store.Version(strconv.Itoa(p.last))
	p.records[id] = store.Record{Data: data, Expires: roundUp(expires), Version: v}
	return v
}

func live(r store.Record) bool {
	return time.Now().Before(r.Expires)
}

func roundUp(t time.Time) time.Time {
	return t.Add(time.Second - 1).Truncate(time.Second)
}
