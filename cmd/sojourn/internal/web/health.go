package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/store"
)

// healthWithin bounds how long a check takes: what asks gives up soon, too.
const healthWithin = time.Second

// health tells whether sessions and accounts are within reach: 200, or 503 and
// which of them is not. It reads no session, and says nothing else to anybody.
func health(sessions store.Store, accounts auth.Accounts) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthWithin)
		defer cancel()
		status, text := http.StatusOK, "ok\n"
		if _, err := sessions.Get(ctx, "health-check"); !errors.Is(err, store.ErrNotFound) {
			status, text = http.StatusServiceUnavailable, "sessions are out of reach\n"
		} else if _, err := accounts.Find(ctx, "", ""); !errors.Is(err, auth.ErrNoAccount) {
			status, text = http.StatusServiceUnavailable, "accounts are out of reach\n"
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	})
}
