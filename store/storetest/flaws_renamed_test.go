package storetest_test

import (
	"context"
	"crypto/rand"
	"iter"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// StoredID and Stored are those of a plain store, which keeps ids as they are,
// unless a flaw has replaced them.
func (f *flawed) StoredID(id string) string { return f.storedID(id) }
func (f *flawed) Stored() store.Store       { return f.stored }

var renamedFlaws = []flaw{
	{"stored ids are never the same", []string{"StoredIDsStandForIDs", "StoredTakesStoredIDs"}, func(p *plain, f *flawed) {
		f.storedID = func(id string) string { return id + rand.Text() }
	}},
	{"stored ids are cut", []string{"StoredIDsStandForIDs"}, func(p *plain, f *flawed) {
		plantRename(p, f, func(id string) string { return "x" + id[:min(len(id), 100)] })
	}},
	{"stored ids are too long", []string{"StoredIDsStandForIDs"}, func(p *plain, f *flawed) {
		plantRename(p, f, func(id string) string { return "x" + id })
	}},
	{"stored takes ids", []string{"StoredTakesStoredIDs", "StoredTakesWhatAllYields"}, func(p *plain, f *flawed) {
		plantRename(p, f, prefixed)
		f.stored = f
	}},
	{"all yields other ids than the stored ones", []string{"StoredTakesWhatAllYields"}, func(p *plain, f *flawed) {
		f.all = func(ctx context.Context) iter.Seq2[store.Stored, error] {
			return func(yield func(store.Stored, error) bool) {
				for r, err := range p.All(ctx) {
					if err == nil {
						r.ID = prefixed(r.ID)
					}
					if !yield(r, err) {
						return
					}
				}
			}
		}
	}},
	{"the id is stored beside", []string{"IDsAreNotStored"}, func(p *plain, f *flawed) {
		plantRename(p, f, prefixed)
		create := f.create
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			if _, err := p.Create(ctx, id, data, expires); err != nil {
				return "", err
			}
			return create(ctx, id, data, expires)
		}
	}},
	// Meant well, for the records from before.
	{"what is not found is looked up as it is", []string{"StoredIDsAreNoIDs"}, func(p *plain, f *flawed) {
		plantRename(p, f, prefixed)
		get := f.get
		f.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := get(ctx, id)
			if err != nil {
				return p.Get(ctx, id)
			}
			return r, nil
		}
	}},
}

func prefixed(id string) string { return "x" + id }

// plantRename keeps records under other ids.
func plantRename(p *plain, f *flawed, rename func(id string) string) {
	idFlaw(rename)(p, f)
	f.storedID, f.stored = rename, p
}
