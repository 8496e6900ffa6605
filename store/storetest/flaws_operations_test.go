package storetest_test

import (
	"context"
	"errors"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var operationFlaws = []flaw{
	{"create loses the data", []string{"GetReturnsWhatWasStored"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, _ string, expires time.Time) (store.Version, error) {
			return p.Create(ctx, id, "{}", expires)
		}
	}},
	{"absent is no error", []string{"GetOfAbsentIsNotFound", "DeleteRemoves"}, func(p *plain, f *flawed) {
		f.get = func(ctx context.Context, id string) (store.Record, error) {
			r, err := p.Get(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return store.Record{}, nil
			}
			return r, err
		}
	}},
	{"create replaces", []string{"CreateOfPresentIsExists"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			if err := p.Delete(ctx, id, ""); err != nil {
				return "", err
			}
			return p.Create(ctx, id, data, expires)
		}
	}},
	{"a failed create touches", []string{"CreateOfPresentIsExists"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			v, err := p.Create(ctx, id, data, expires)
			if errors.Is(err, store.ErrExists) {
				return "", errors.Join(err, p.Touch(ctx, id, expires))
			}
			return v, err
		}
	}},
	{"save keeps the expiry", []string{"SaveReplaces", "SaveShortens"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			if r, err := p.Get(ctx, id); err == nil {
				expires = r.Expires
			}
			return p.Save(ctx, id, data, expires, base)
		}
	}},
	{"save never shortens", []string{"SaveShortens"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			if r, err := p.Get(ctx, id); err == nil && r.Expires.After(expires) {
				expires = r.Expires
			}
			return p.Save(ctx, id, data, expires, base)
		}
	}},
	// An engine that counts the rows it has changed, not those it has found.
	{"save of the same data is not found", []string{"SaveReplaces"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			if r, err := p.Get(ctx, id); err == nil && r.Data == data {
				return "", store.ErrNotFound
			}
			return p.Save(ctx, id, data, expires, base)
		}
	}},
	{"save ignores its base", []string{
		"SaveOnOtherVersionIsConflict", "SaveOnEmptyBaseIsConflict", "SaveRacesSave", "NoIncrementIsLost",
		"Sessions/DifferentKeys", "Sessions/Increments",
	}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, _ store.Version) (store.Version, error) {
			r, err := p.Get(ctx, id)
			if err != nil {
				return "", err
			}
			return p.Save(ctx, id, data, expires, r.Version)
		}
	}},
	{"a failed save touches", []string{"SaveOnOtherVersionIsConflict", "SaveOnEmptyBaseIsConflict"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			v, err := p.Save(ctx, id, data, expires, base)
			if errors.Is(err, store.ErrConflict) {
				return "", errors.Join(err, p.Touch(ctx, id, expires))
			}
			return v, err
		}
	}},
	{"an empty base is any", []string{"SaveOnEmptyBaseIsConflict"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			if r, err := p.Get(ctx, id); err == nil && base == "" {
				base = r.Version
			}
			return p.Save(ctx, id, data, expires, base)
		}
	}},
	{"save upserts", []string{
		"SaveNeverCreates", "ExpiredIsNotRevived", "NothingIsRevived", "Sessions/SlowWriteAfterDestroy",
	}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			v, err := p.Save(ctx, id, data, expires, base)
			if errors.Is(err, store.ErrNotFound) {
				return p.Create(ctx, id, data, expires)
			}
			return v, err
		}
	}},
	{"touch does nothing", []string{"TouchExtends", "ExpiresInTime"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, _ time.Time) error {
			_, err := p.Get(ctx, id)
			return err
		}
	}},
	{"touch shortens", []string{"TouchNeverShortens"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			r, err := p.Get(ctx, id)
			if err == nil {
				r.Expires = expires
				p.with(func() { p.records[id] = r })
			}
			return err
		}
	}},
	{"touch creates", []string{"TouchNeverCreates", "NothingIsRevived", "Sessions/SlowTouchAfterDestroy"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			err := p.Touch(ctx, id, expires)
			if errors.Is(err, store.ErrNotFound) {
				_, err = p.Create(ctx, id, "{}", expires)
			}
			return err
		}
	}},
	{"touch changes the version", []string{"TouchKeepsVersion", "TouchNeverShortens"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			r, err := p.Get(ctx, id)
			if err != nil {
				return err
			}
			_, err = p.Save(ctx, id, r.Data, expires, r.Version)
			return err
		}
	}},
	{"touch touches all", []string{"RecordsAreApart"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			err := p.Touch(ctx, id, expires)
			p.with(func() {
				for id, r := range p.records {
					r.Expires = expires
					p.records[id] = r
				}
			})
			return err
		}
	}},
	{"delete does nothing", []string{"DeleteRemoves", "SaveRacesDelete"}, func(p *plain, f *flawed) {
		f.delete = func(context.Context, string, store.Version) error { return nil }
	}},
	{"delete of absent is an error", []string{"DeleteIsIdempotent"}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			if _, err := p.Get(ctx, id); err != nil {
				return err
			}
			return p.Delete(ctx, id, base)
		}
	}},
	{"delete with a base is always a conflict", []string{"DeleteOfOneVersion"}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			if base != "" {
				base = "-"
			}
			return p.Delete(ctx, id, base)
		}
	}},
	{"delete ignores its base", []string{
		"DeleteOfOtherVersionIsConflict", "DeleteOfOneVersionOfAbsentIsNotFound",
		"CreateOverExpired", "SaveRacesDeleteOfOneVersion", "DeleteRacesDeleteOfOneVersion",
		"Sessions/WriteDuringRenewal",
	}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, _ store.Version) error {
			return p.Delete(ctx, id, "")
		}
	}},
	{"a deleted id is used up", []string{"CreateAfterDelete"}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			f.create = func(context.Context, string, string, time.Time) (store.Version, error) {
				return "", store.ErrExists
			}
			return p.Delete(ctx, id, base)
		}
	}},
	{"create returns no version of its record", []string{"VersionsFromAnywhereAreBases"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			_, err := p.Create(ctx, id, data, expires)
			return "created", err
		}
	}},
	{"save returns its base", []string{"VersionsFromAnywhereAreBases", "DeleteOfOneVersion"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			_, err := p.Save(ctx, id, data, expires, base)
			return base, err
		}
	}},
	{"create returns an empty version", []string{"VersionsFromAnywhereAreBases"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			_, err := p.Create(ctx, id, data, expires)
			return "", err
		}
	}},
	// A writer from the life before would overwrite what it has never seen.
	{"versions begin anew with each life", []string{"EqualVersionsAreEqualData"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			p.with(func() { p.last = 0 })
			return p.Create(ctx, id, data, expires)
		}
	}},
}
