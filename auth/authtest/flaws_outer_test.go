package authtest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

// outerFlaws are about contexts and errors.
var outerFlaws = []flaw{
	{"contexts are ignored", []string{"ContextEndedBefore", "ErrorsAreDiscreet"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			return p.Create(context.WithoutCancel(ctx), a)
		}
		f.find = func(ctx context.Context, username, key string) (auth.Account, error) {
			return p.Find(context.WithoutCancel(ctx), username, key)
		}
	}},
	{"create is stored although the context has ended", []string{"ContextEndedBefore"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			id, err := p.Create(context.WithoutCancel(ctx), a)
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			return id, err
		}
	}},
	{"an ended context is noticed late", []string{"ContextEndedBefore"}, func(p *plain, f *flawed) {
		f.findID = func(ctx context.Context, id string) (auth.Account, error) {
			if ctx.Err() != nil {
				time.Sleep(6 * time.Second)
			}
			return p.FindID(ctx, id)
		}
	}},
	{"an ended context is another error", []string{"ContextEndedBefore"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			err := p.ReplaceHash(ctx, id, old, replacement)
			if err != nil && ctx.Err() != nil {
				return errors.New("connection reset")
			}
			return err
		}
	}},
	{"create says nothing of a context that ends meanwhile", []string{"CreateIsInterrupted"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			giveWay()
			if ctx.Err() != nil {
				return "id-0", nil
			}
			return p.Create(ctx, a)
		}
	}},
	{"create leaves half of an account when the context ends", []string{"CreateIsInterrupted"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			whole := a
			a.Hash = ""
			id, err := p.Create(ctx, a)
			if err != nil {
				return "", err
			}
			giveWay()
			return id, p.ReplaceHash(ctx, id, "", whole.Hash)
		}
	}},
	{"replace says nothing of a context that ends meanwhile", []string{"ReplaceHashIsInterrupted"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			giveWay()
			if ctx.Err() != nil {
				return nil
			}
			return p.ReplaceHash(ctx, id, old, replacement)
		}
	}},
	{"errors tell hashes", []string{"ErrorsAreDiscreet"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			if err := p.ReplaceHash(ctx, id, old, replacement); err != nil {
				return fmt.Errorf("update users set password = %q where password = %q: %w", replacement, old, err)
			}
			return nil
		}
	}},
}
