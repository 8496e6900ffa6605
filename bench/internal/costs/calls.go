package costs

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// calls are calls to a store, about sessions that are numbered. Those about
// different sessions may be made at the same time.
type calls struct {
	store    store.Store
	users    store.UserIndex
	data     string
	expires  time.Time
	ids      []string
	versions []store.Version
	callers  int
	// moved is how often each has been touched, and set how often its user's
	// instant has been.
	moved, set []int32
}

func newCalls(s store.Store, data string, n, callers int) (*calls, error) {
	users, ok := s.(store.UserIndex)
	if !ok {
		return nil, errors.New("the store has no index of users")
	}
	c := &calls{
		store: s, users: users, data: data, expires: time.Now().Add(24 * time.Hour),
		callers: callers, ids: make([]string, n), versions: make([]store.Version, n), moved: make([]int32, n), set: make([]int32, n),
	}
	for i := range c.ids {
		var random [24]byte
		rand.Read(random[:])
		c.ids[i] = base64.RawURLEncoding.EncodeToString(random[:])
	}
	return c, nil
}

// user is the name of the one whom session i belongs to.
func (c *calls) user(i int) string { return c.ids[i][:16] }

var instants = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// instant is what the user's has been set to for the nth time.
func instant(n int32) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return instants.Add(time.Duration(n) * time.Second)
}

// call makes one call about session i.
func (c *calls) call(ctx context.Context, o Operation, i int) (err error) {
	id := c.ids[i]
	switch o {
	case Create: // with strings of its own, as requests have
		_, err = c.store.Create(ctx, strings.Clone(id), strings.Clone(c.data), c.expires)
	case Get:
		var r store.Record
		if r, err = c.store.Get(ctx, id); err == nil {
			c.versions[i] = r.Version
		}
	case Save:
		c.versions[i], err = c.store.Save(ctx, id, c.data, c.expires.Add(time.Hour), c.versions[i])
	case Touch:
		c.moved[i]++
		err = c.store.Touch(ctx, id, c.expires.Add(time.Duration(c.moved[i])*time.Minute))
	case Delete:
		err = c.store.Delete(ctx, id, c.versions[i])
	case Note:
		err = c.users.AddUserSession(ctx, c.user(i), id, c.expires)
	case Forget:
		err = c.users.RemoveUserSession(ctx, c.user(i), id)
	case NotBefore:
		_, err = c.users.NotBefore(ctx, c.user(i))
	case SetNotBefore:
		err = c.users.SetNotBefore(ctx, c.user(i), instant(c.set[i]+1), instant(c.set[i]))
		c.set[i]++
	case List:
		for _, err = range c.users.UserSessions(ctx, c.user(i)) {
			if err != nil {
				break
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o, err)
	}
	return nil
}

// once reports whether an operation can be made but once with a session.
func (o Operation) once() bool { return o == Create || o == Delete || o == Forget }
