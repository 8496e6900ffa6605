package storetest_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var listFlaws = []flaw{
	{"all ends after a thousand", []string{"AllYieldsEachOnce", "AllStopsWhenTold"}, func(p *plain, f *flawed) {
		f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
			return func(yield func(store.Stored, error) bool) {
				n := 0
				for r, err := range p.All(ctx) {
					if n++; n > 1000 || !yield(r, err) {
						return
					}
				}
			}
		}
	}},
	{"all yields some twice", []string{"AllYieldsEachOnce"}, func(p *plain, f *flawed) {
		f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
			return func(yield func(store.Stored, error) bool) {
				n := 0
				for r, err := range p.All(ctx) {
					n++
					if !yield(r, err) || n%100 == 0 && !yield(r, err) {
						return
					}
				}
			}
		}
	}},
	{"all yields the expired", []string{"AllLeavesExpiredOut"}, func(p *plain, f *flawed) {
		f.all = func(context.Context) iter.Seq2[store.Stored, error] {
			return func(yield func(store.Stored, error) bool) {
				for id, r := range p.records {
					if !yield(store.Stored{ID: id, Record: r}, nil) {
						return
					}
				}
			}
		}
	}},
	{"all locks the store", []string{"AllHoldsNobodyUp"}, func(p *plain, f *flawed) {
		plantLock(p, f, func(locked *atomic.Bool) { locked.Store(false) })
	}},
	{"all locks the store and a break leaves it locked", []string{"AllStopsWhenTold"}, func(p *plain, f *flawed) {
		plantLock(p, f, func(*atomic.Bool) {})
	}},
	{"all ignores its context", []string{"AllStopsWithItsContext"}, func(p *plain, f *flawed) {
		f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
			return p.All(context.WithoutCancel(ctx))
		}
	}},
	{"all goes on after an error", []string{"AllStopsWithItsContext"}, func(p *plain, f *flawed) {
		f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
			return func(yield func(store.Stored, error) bool) {
				for r := range p.All(context.WithoutCancel(ctx)) {
					if err := ctx.Err(); err != nil {
						yield(store.Stored{}, err)
					}
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}},
	// Deletions move what follows to a page that has been read.
	{"all pages by offset", []string{"AllUnderChange"}, func(p *plain, f *flawed) {
		const page = 50
		f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
			return func(yield func(store.Stored, error) bool) {
				for offset := 0; ; offset += page {
					var records map[string]store.Record
					p.with(func() { records = maps.Clone(p.records) })
					ids := slices.Sorted(maps.Keys(records))
					if offset >= len(ids) {
						return
					}
					for _, id := range ids[offset:min(offset+page, len(ids))] {
						if !yield(store.Stored{ID: id, Record: records[id]}, ctx.Err()) {
							return
						}
					}
				}
			}
		}
	}},
	{"count counts the expired", []string{"CountCounts"}, func(p *plain, f *flawed) {
		f.count = func(ctx context.Context) (n int, err error) {
			p.with(func() { n = len(p.records) })
			return n, ctx.Err()
		}
	}},
	{"clear clears a thousand", []string{"ClearRemovesAll"}, func(p *plain, f *flawed) {
		f.clear = func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			p.with(func() {
				n := 0
				for id := range p.records {
					if n++; n > 1000 {
						return
					}
					delete(p.records, id)
				}
			})
			return nil
		}
	}},
}

// plantLock makes All lock the store for writers while it runs, and calls stopped
// when the loop is broken off.
func plantLock(p *plain, f *flawed, stopped func(locked *atomic.Bool)) {
	var locked atomic.Bool
	f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
		return func(yield func(store.Stored, error) bool) {
			locked.Store(true)
			for r, err := range p.All(ctx) {
				if !yield(r, err) {
					stopped(&locked)
					return
				}
			}
			locked.Store(false)
		}
	}
	refused := errors.New("the database is locked")
	f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
		if locked.Load() {
			return "", refused
		}
		return p.Create(ctx, id, data, expires)
	}
	f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
		if locked.Load() {
			return "", refused
		}
		return p.Save(ctx, id, data, expires, base)
	}
}
