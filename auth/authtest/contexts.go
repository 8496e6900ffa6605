package authtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

var contextChecks = []check{
	{"ContextEndedBefore", contextEndedBefore},
	{"CreateIsInterrupted", createIsInterrupted},
	{"ReplaceHashIsInterrupted", replaceHashIsInterrupted},
}

// ended returns a context that has ended.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func contextEndedBefore(t *testing.T, accounts auth.Accounts) {
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	ada := create(t, accounts, named("Ada", 1))
	for _, ctx := range []context.Context{ended(t), late} {
		for _, op := range operations(accounts, ada, "Eve") {
			began := time.Now()
			if err := op.call(ctx); !errors.Is(err, ctx.Err()) {
				t.Errorf("%s: %v, want %v", op.name, err, ctx.Err())
			}
			if took := time.Since(began); took > soon {
				t.Errorf("%s takes %v to notice that its context has ended", op.name, took)
			}
		}
	}
	wantAccount(t, accounts, ada)
	got, err := accounts.Find(bounded(t), "Eve", "eve")
	wantNobody(t, "Find of who was not created", got, err)
}

// cancelIn cancels at another moment of an operation in each round.
func cancelIn(round int, cancel func()) {
	time.Sleep(time.Duration(round*round) * 20 * time.Microsecond)
	cancel()
}

// createIsInterrupted ends the context while an account is created: it is there
// as a whole, or not at all, and a nil error means that it is.
func createIsInterrupted(t *testing.T, accounts auth.Accounts) {
	eachRound(t, func(name string, round int) {
		ctx, cancel := context.WithCancel(bounded(t))
		defer cancel()
		a := named(name, 1)
		err := together(2, func(i int) (err error) {
			if i == 1 {
				cancelIn(round, cancel)
				return nil
			}
			a.ID, err = accounts.Create(ctx, a)
			return err
		})[0]
		if err == nil {
			wantAccount(t, accounts, a)
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Create: %v, want %v", err, context.Canceled)
		}
		// It may still take effect, and so the name is taken or free.
		switch again, err := accounts.Create(bounded(t), named(name, 2)); {
		case err == nil:
			a.ID, a.Hash = again, hash(2)
			wantAccount(t, accounts, a)
		case !errors.Is(err, auth.ErrNameTaken):
			t.Errorf("Create once more: %v", err)
		default:
			if got, err := accounts.Find(bounded(t), name, name); err != nil || got.Username != name || got.Hash != hash(1) {
				t.Errorf("there is %+v, %v", got, err)
			}
		}
	})
}

func replaceHashIsInterrupted(t *testing.T, accounts auth.Accounts) {
	eachRound(t, func(name string, round int) {
		ctx, cancel := context.WithCancel(bounded(t))
		defer cancel()
		a := create(t, accounts, named(name, 1))
		err := together(2, func(i int) error {
			if i == 1 {
				cancelIn(round, cancel)
				return nil
			}
			return accounts.ReplaceHash(ctx, a.ID, hash(1), hash(2))
		})[0]
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("ReplaceHash: %v, want %v", err, context.Canceled)
		}
		if err := settle(bounded(t), accounts, a.ID, err == nil); err != nil {
			t.Error(err)
		}
		a.Hash = hash(3)
		wantAccount(t, accounts, a)
	})
}

// settle replaces the hash by the third, whatever is there; if the second was
// stored for sure, from that.
func settle(ctx context.Context, accounts auth.Accounts, id string, stored bool) error {
	for {
		got, err := accounts.FindID(ctx, id)
		if err != nil {
			return err
		}
		if stored && got.Hash != hash(2) {
			return fmt.Errorf("ReplaceHash has succeeded, but there is %s", got.Hash)
		}
		if err := accounts.ReplaceHash(ctx, id, got.Hash, hash(3)); !errors.Is(err, auth.ErrNoAccount) {
			return err
		}
	}
}
