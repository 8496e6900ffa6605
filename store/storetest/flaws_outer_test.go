package storetest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// outerFlaws are in what surrounds an engine: contexts, encodings, errors.
var outerFlaws = []flaw{
	{"an ended context is ignored", []string{"ContextEndedBefore"}, func(p *plain, f *flawed) {
		f.get = func(ctx context.Context, id string) (store.Record, error) {
			return p.Get(context.WithoutCancel(ctx), id)
		}
	}},
	{"an ended context is another error", []string{"ContextEndedBefore"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			if ctx.Err() != nil {
				return errors.New("the connection was closed")
			}
			return p.Touch(ctx, id, expires)
		}
	}},
	{"a connection does not survive its context", []string{"ContextEndedBefore"}, func(p *plain, f *flawed) {
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			if ctx.Err() != nil {
				f.save = func(context.Context, string, string, time.Time, store.Version) (store.Version, error) {
					return "", errors.New("the connection was closed")
				}
			}
			return p.Delete(ctx, id, base)
		}
	}},
	{"a cancelled save succeeds and is forgotten", []string{"ContextEndsMeanwhile"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			giveWay()
			if ctx.Err() != nil {
				return base, nil
			}
			return p.Save(ctx, id, data, expires, base)
		}
	}},
	{"data are trimmed", []string{"DataComesBackByteForByte"}, dataFlaw(strings.TrimSpace)},
	{"data are escaped", []string{"DataComesBackByteForByte"}, dataFlaw(func(data string) string {
		return strings.ReplaceAll(data, "<", `\u003c`)
	})},
	{"data are cut at 64 KB", []string{"LargeDataComesBackByteForByte"}, dataFlaw(func(data string) string {
		return data[:min(len(data), 1<<16)]
	})},
	{"data are compared without space at the ends", []string{"DataAreComparedByteForByte"}, func(p *plain, f *flawed) {
		written := map[store.Version]string{}
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			r, err := p.Get(ctx, id)
			if err == nil && strings.TrimSpace(r.Data) == strings.TrimSpace(written[base]) {
				base = r.Version
			}
			v, err := p.Save(ctx, id, data, expires, base)
			written[v] = data
			return v, err
		}
	}},
	{"ids are folded", []string{"IDsAreApart"}, idFlaw(strings.ToLower)},
	{"ids are cut", []string{"IDsAreApart"}, idFlaw(func(id string) string {
		return id[:min(len(id), store.MaxIDLength-1)]
	})},
	{"any id will do", []string{"InvalidIDsAreRefused"}, idFlaw(func(id string) string {
		id = "-" + base64.RawURLEncoding.EncodeToString([]byte(id))
		return id[:min(len(id), store.MaxIDLength)]
	})},
	{"errors tell the id", []string{"ErrorsAreDiscreet"}, func(p *plain, f *flawed) {
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			err := p.Touch(ctx, id, expires)
			if err != nil {
				err = fmt.Errorf("%w: %q", err, id)
			}
			return err
		}
	}},
	{"errors tell the data", []string{"ErrorsAreDiscreet"}, func(p *plain, f *flawed) {
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			v, err := p.Save(ctx, id, data, expires, base)
			if errors.Is(err, store.ErrConflict) {
				err = fmt.Errorf("%w: it is not %s", err, data)
			}
			return v, err
		}
	}},
	{"a goroutine is left", []string{"LeavesNoGoroutines"}, func(p *plain, _ *flawed) {
		go func() { select {} }()
	}},
}

// dataFlaw stores something else than it is given.
func dataFlaw(change func(data string) string) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			return p.Create(ctx, id, change(data), expires)
		}
	}
}

// idFlaw takes ids for one another.
func idFlaw(change func(id string) string) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.get = func(ctx context.Context, id string) (store.Record, error) {
			return p.Get(ctx, change(id))
		}
		f.create = func(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
			return p.Create(ctx, change(id), data, expires)
		}
		f.save = func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
			return p.Save(ctx, change(id), data, expires, base)
		}
		f.touch = func(ctx context.Context, id string, expires time.Time) error {
			return p.Touch(ctx, change(id), expires)
		}
		f.delete = func(ctx context.Context, id string, base store.Version) error {
			return p.Delete(ctx, change(id), base)
		}
	}
}
