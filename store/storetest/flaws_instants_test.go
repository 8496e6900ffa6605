package storetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var instantFlaws = []flaw{
	{"no instant is the epoch", []string{"NotBeforeIsZeroAtFirst"}, func(p *plain, f *flawed) {
		f.users.notBefore = func(ctx context.Context, user string) (time.Time, error) {
			t, err := p.NotBefore(ctx, user)
			if t.IsZero() {
				t = time.Unix(0, 0)
			}
			return t, err
		}
	}},
	{"noting sets the instant", []string{"NotBeforeIsZeroAtFirst"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			p.with(func() { p.instants[user] = time.Now() })
			return p.AddUserSession(ctx, user, id, expires)
		}
	}},
	{"instants are kept to the second", []string{"NotBeforeIsWhatWasSet"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			return p.SetNotBefore(ctx, user, notBefore.Truncate(time.Second), base.Truncate(time.Second))
		}
	}},
	{"instants are kept to the nanosecond", []string{"NotBeforeIsWhatWasSet"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) (err error) {
			p.with(func() {
				if !p.instants[user].Equal(base) {
					err = store.ErrConflict
				} else {
					p.instants[user] = notBefore
				}
			})
			return err
		}
	}},
	{"instants only go up", []string{"NotBeforeIsWhatWasSet"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			if now, err := p.NotBefore(ctx, user); err != nil || notBefore.Before(now) {
				return err
			}
			return p.SetNotBefore(ctx, user, notBefore, base)
		}
	}},
	// An engine that counts the rows it has changed, not those it has found.
	{"to set the same instant is a conflict", []string{"NotBeforeIsWhatWasSet"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			if notBefore.UnixMilli() == base.UnixMilli() {
				return store.ErrConflict
			}
			return p.SetNotBefore(ctx, user, notBefore, base)
		}
	}},
	{"the first instant needs no base", []string{"NotBeforeOnOtherBaseIsConflict"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			if now, err := p.NotBefore(ctx, user); err == nil && now.IsZero() {
				base = now
			}
			return p.SetNotBefore(ctx, user, notBefore, base)
		}
	}},
	{"no base is any base", []string{"NotBeforeOnOtherBaseIsConflict", "NotBeforeOutlivesClear"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			if now, err := p.NotBefore(ctx, user); err == nil && base.IsZero() {
				base = now
			}
			return p.SetNotBefore(ctx, user, notBefore, base)
		}
	}},
	{"a refused instant is set all the same", []string{"NotBeforeOnOtherBaseIsConflict"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			err := p.SetNotBefore(ctx, user, notBefore, base)
			if errors.Is(err, store.ErrConflict) {
				p.with(func() { p.instants[user] = notBefore })
			}
			return err
		}
	}},
	{"an instant can be unset", []string{"NotBeforeIsNeverUnset"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) (err error) {
			if !notBefore.Truncate(time.Millisecond).IsZero() {
				return p.SetNotBefore(ctx, user, notBefore, base)
			}
			p.with(func() { delete(p.instants, user) })
			return nil
		}
	}},
	{"setting an instant looks, then puts", []string{"NotBeforeRaces"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			if now, err := p.NotBefore(ctx, user); err != nil || !now.Equal(base) {
				return errors.Join(err, store.ErrConflict)
			}
			giveWay()
			p.with(func() { p.instants[user] = notBefore })
			return nil
		}
	}},
	{"setting the first instant looks, then puts", []string{"NotBeforeRaces"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			if now, err := p.NotBefore(ctx, user); err != nil || !now.IsZero() || !base.IsZero() {
				return p.SetNotBefore(ctx, user, notBefore, base)
			}
			giveWay()
			p.with(func() { p.instants[user] = notBefore })
			return nil
		}
	}},
	{"clear forgets the instants", []string{"NotBeforeOutlivesClear"}, func(p *plain, f *flawed) {
		f.clear = func(ctx context.Context) error {
			p.with(func() { clear(p.instants) })
			return p.Clear(ctx)
		}
	}},
}
