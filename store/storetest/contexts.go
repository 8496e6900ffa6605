package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var contextChecks = []check{
	{"ContextEndedBefore", contextEndedBefore},
	{"ContextEndsMeanwhile", contextEndsMeanwhile},
}

// soon is how long an operation may take to notice that its context has ended.
const soon = 5 * time.Second

func contextEndedBefore(t *testing.T, s store.Store) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), in(-time.Second))
	defer cancel()

	for i, ctx := range []context.Context{cancelled, late} {
		for j, op := range operations(create(t, s, nth("other", i), object(0))) {
			id := nth(nth("id", i), j)
			if op.name != "Create" {
				create(t, s, id, object(0))
			}
			began := time.Now()
			wantError(t, op.name, op.call(ctx, s, id), ctx.Err())
			if took := time.Since(began); took > soon {
				t.Errorf("%s takes %v to notice that its context has ended", op.name, took)
			}
			wantUsable(t, s, id)
		}
	}
}

// contextEndsMeanwhile cancels saves while they run. Each has been stored or has
// not, and a nil error means that it has.
func contextEndsMeanwhile(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		base := create(t, s, id, object(0))
		ctx, cancel := context.WithCancel(bounded(t))
		defer cancel()
		saved := together(2, func(i int) error {
			if i == 1 {
				cancel()
				return nil
			}
			_, err := s.Save(ctx, id, object(1), in(time.Hour), base)
			return err
		})[0]
		if saved != nil {
			wantError(t, "Save", saved, context.Canceled)
		}
		switch got := get(t, s, id).Data; {
		case saved == nil && got != object(1):
			t.Errorf("Save has succeeded, but there is %q", got)
		case got != object(0) && got != object(1):
			t.Errorf("there is %q", got)
		}
		wantUsable(t, s, id)
	})
}

// wantUsable checks that the record of id, or if there is none a new one, can be
// changed. An operation that has returned because its context ended may still
// take effect in the engine, and be a conflict or two.
func wantUsable(t *testing.T, s store.Store, id string) {
	t.Helper()
	ctx := bounded(t)
	for {
		r, err := s.Get(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			_, err = s.Create(ctx, id, object(9), in(time.Hour))
		case err == nil:
			_, err = s.Save(ctx, id, object(9), in(time.Hour), r.Version)
		}
		switch {
		case err == nil:
			wantData(t, s, id, object(9))
			return
		case !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrNotFound):
			t.Fatalf("the record cannot be changed any more: %v", err)
		}
	}
}
