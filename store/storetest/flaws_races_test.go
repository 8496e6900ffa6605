package storetest_test

import (
	"context"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// raceFlaws do in two steps what has to be one.
var raceFlaws = []flaw{
	{"create looks, then puts", []string{"CreateRacesCreate"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (v store.Version, err error) {
			if _, err := p.Get(ctx, id); err == nil {
				return "", store.ErrExists
			}
			giveWay()
			p.with(func() { v = p.put(id, data, expires) })
			return v, nil
		}
	}},
	{"save looks, then puts", []string{
		"SaveRacesSave", "SaveRacesDelete", "SaveRacesDeleteOfOneVersion", "NoIncrementIsLost", "NothingIsRevived",
	}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (v store.Version, err error) {
			r, err := p.Get(ctx, id)
			if err != nil {
				return "", err
			}
			if r.Version != base {
				return "", store.ErrConflict
			}
			giveWay()
			p.with(func() { v = p.put(id, data, expires) })
			return v, nil
		}
	}},
	{"touch looks, then puts the record back", []string{"SaveRacesTouch", "TouchRacesDelete", "NothingIsRevived"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			r, err := p.Get(ctx, id)
			if err != nil || !expires.After(r.Expires) {
				return err
			}
			giveWay()
			r.Expires = expires
			p.with(func() { p.records[id] = r })
			return nil
		}
	}},
	{"touch looks, then sets the expiry", []string{"TouchRacesTouch"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			r, err := p.Get(ctx, id)
			if err != nil || !expires.After(r.Expires) {
				return err
			}
			giveWay()
			p.with(func() {
				if r, ok := p.records[id]; ok {
					r.Expires = expires
					p.records[id] = r
				}
			})
			return nil
		}
	}},
	{"delete looks, then deletes", []string{"SaveRacesDeleteOfOneVersion", "DeleteRacesDeleteOfOneVersion"}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			r, err := p.Get(ctx, id)
			switch {
			case base == "":
				return p.Delete(ctx, id, "")
			case err != nil:
				return err
			case r.Version != base:
				return store.ErrConflict
			}
			giveWay()
			return p.Delete(ctx, id, "")
		}
	}},
	{"get reads the version after the data", []string{"NothingIsTorn"}, func(p *plain, f *flawed) {
		f.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := p.Get(ctx, id)
			if err != nil {
				return r, err
			}
			giveWay()
			now, err := p.Get(ctx, id)
			r.Version = now.Version
			return r, err
		}
	}},
	{"delete works later", []string{"DeleteRemoves", "NothingIsRevived"}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			if base != "" {
				return p.Delete(ctx, id, base)
			}
			time.AfterFunc(10*time.Millisecond, func() { p.with(func() { delete(p.records, id) }) })
			return nil
		}
	}},
}
