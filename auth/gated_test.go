package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// gated is a session store in which, once armed, everybody who has read a
// record waits until open is closed.
type gated struct {
	store.Store
	armed   atomic.Bool
	arrived chan struct{}
	open    chan struct{}
}

func (g *gated) arm() { g.armed.Store(true) }

func (g *gated) Get(ctx context.Context, id string) (store.Record, error) {
	rec, err := g.Store.Get(ctx, id)
	if g.armed.Load() {
		select {
		case <-g.open:
		default:
			g.arrived <- struct{}{}
			<-g.open
		}
	}
	return rec, err
}

// requestWithoutSession is for what is refused before a session is asked for.
func requestWithoutSession(t *testing.T) *http.Request {
	return httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
}
