package session_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

type contextKey struct{}

// A store sees the values of the request's context and a deadline within
// StoreTimeout, and not that the request was cancelled. A context that it keeps
// for later has ended.
func TestContextOfStore(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]action{
		"save": all(setUser, save), "commit": setUser, "touch": touch, "reload": reload, "destroy": destroy, "renew": renew,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := newWeb(t, session.Options{StoreTimeout: time.Hour})
			web.store.plant(t, "live", "")
			var kept []context.Context
			web.store.intercept(func(ctx context.Context, op, _ string) error {
				kept = append(kept, ctx)
				if ctx.Value(contextKey{}) != "trace" {
					t.Errorf("%s: the request's value is not in the context", op)
				}
				if until, ok := ctx.Deadline(); !ok || time.Until(until) > time.Hour || ctx.Err() != nil {
					t.Errorf("%s: deadline %v, %v", op, until, ctx.Err())
				}
				if ctx.Value(contextKey{}) != "trace" { // another way once there is a deadline
					t.Errorf("%s: the request's value has gone", op)
				}
				derived, cancel := context.WithCancel(ctx)
				if cancel(); !errors.Is(derived.Err(), context.Canceled) || ctx.Err() != nil {
					t.Errorf("%s: a derived context ends with %v and this one with %v", op, derived.Err(), ctx.Err())
				}
				return nil
			})
			ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "trace"))
			cancel()
			resp := web.answer(request("/", "live").WithContext(ctx), func(w http.ResponseWriter, r *http.Request) {
				must(t, act(session.From(r), r.Context()))
			})
			if resp.StatusCode != http.StatusOK || len(kept) < 2 {
				t.Errorf("status %d, %d operations", resp.StatusCode, len(kept))
			}
			for _, ctx := range kept {
				select {
				case <-ctx.Done():
				default:
					t.Error("a context that was kept lives on")
				}
			}
		})
	}
}
