package storetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var expiryFlaws = []flaw{
	{"expired records are returned", []string{"ExpiredIsAbsent", "CreateInThePast", "ExpiresInTime"}, func(p *plain, f *flawed) {
		f.get = func(ctx context.Context, id string) (r store.Record, err error) {
			r, err = p.Get(ctx, id)
			p.with(func() {
				if found, ok := p.records[id]; ok {
					r, err = found, nil
				}
			})
			return r, err
		}
	}},
	{"expired records are returned until a sweep", []string{"ExpiresInTime"}, func(p *plain, f *flawed) {
		f.get = func(ctx context.Context, id string) (r store.Record, err error) {
			r, err = p.Get(ctx, id)
			p.with(func() {
				if found, ok := p.records[id]; ok && time.Since(found.Expires) < time.Minute {
					r, err = found, nil
				}
			})
			return r, err
		}
	}},
	{"expiry is rounded down to the minute", []string{"ExpiresInTime", "TouchExtends"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			return p.Create(ctx, id, data, expires.Truncate(time.Minute))
		}
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			return p.Touch(ctx, id, expires.Truncate(time.Minute).Add(-time.Minute))
		}
	}},
	{"touch revives the expired", []string{"ExpiredIsNotRevived", "ExpiredIsAbsent"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			err := p.Touch(ctx, id, expires)
			p.with(func() {
				if r, ok := p.records[id]; ok && errors.Is(err, store.ErrNotFound) {
					r.Expires = expires
					p.records[id], err = r, nil
				}
			})
			return err
		}
	}},
	{"save revives the expired", []string{"ExpiredIsNotRevived", "ExpiredIsAbsent"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			v, err := p.Save(ctx, id, data, expires, base)
			p.with(func() {
				if r, ok := p.records[id]; ok && errors.Is(err, store.ErrNotFound) && r.Version == base {
					v, err = p.put(id, data, expires), nil
				}
			})
			return v, err
		}
	}},
	{"create over an expired record is refused", []string{"CreateOverExpired", "ExpiredIsAbsent"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (v store.Version, err error) {
			p.with(func() {
				if _, ok := p.records[id]; ok {
					err = store.ErrExists
				}
			})
			if err != nil {
				return "", err
			}
			return p.Create(ctx, id, data, expires)
		}
	}},
	{"an expiry in the past is none", []string{"CreateInThePast"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			if expires.Before(time.Now()) {
				expires = time.Now().AddDate(100, 0, 0)
			}
			return p.Create(ctx, id, data, expires)
		}
	}},
}
