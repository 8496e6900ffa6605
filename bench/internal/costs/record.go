package costs

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// sample returns the record that a login makes: the three small keys of the
// application that is measured elsewhere, bound to a user, with an absolute
// timeout.
func sample(ctx context.Context) (string, error) {
	kept := &keeper{Store: memory.New(memory.Options{})}
	m, err := session.New(session.Options{Secrets: []string{app.Secret}, Store: kept, AbsoluteTimeout: 30 * 24 * time.Hour})
	if err != nil {
		return "", err
	}
	s, err := m.Load(httptest.NewRequestWithContext(ctx, http.MethodPost, "/login", nil))
	if err != nil {
		return "", err
	}
	session.Key[string](app.UserKey).Set(s, app.User)
	session.Key[string](app.RoleKey).Set(s, app.Role)
	session.Key[int](app.NumberKey).Set(s, app.Number)
	if err := s.SetUser(ctx, app.User); err != nil {
		return "", err
	}
	if err := s.Commit(http.Header{}); err != nil {
		return "", err
	}
	return kept.data, nil
}

// keeper keeps the data that was stored last.
type keeper struct {
	*memory.Store
	data string
}

func (k *keeper) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	k.data = data
	return k.Store.Create(ctx, id, data, expires)
}
