package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Copied says what Copy has done so far.
type Copied struct {
	// Looked is how many sessions of the source were looked at.
	Looked int `json:"looked"`
	// Copied are new at the destination.
	Copied int `json:"copied"`
	// Updated were there already and were brought up to date, if asked for.
	Updated int `json:"updated"`
	// Skipped were there already: the same, or another that stays.
	Skipped int `json:"skipped"`
	// Expired ended before they could be copied.
	Expired int `json:"expired"`
	// Revoked had been ended by logging their users out everywhere.
	Revoked int `json:"revoked"`
	// Removed were at the destination only, if asked for.
	Removed int `json:"removed"`
}

// CopyOptions are what [Copy] is asked for.
type CopyOptions struct {
	// Mirror has the destination become what the source is: sessions that
	// differ are replaced and those that the source lacks are removed. It is
	// for as long as nobody uses the destination. Without it nothing that is
	// there is changed.
	Mirror bool
	// Progress, if not nil, is called after each session.
	Progress func(Copied)
}

// Copy copies all sessions that are alive, each at once or not at all: it can be
// broken off at any time and begun again. Where both stores have an index of
// users, sessions are listed at the destination too, and what ended a user's
// sessions at the source goes on ending them.
func Copy(ctx context.Context, from, to store.Store, o CopyOptions) (Copied, error) {
	c := copier{from: from, to: to, o: o, instants: map[string]time.Time{}}
	for one, err := range Walk(ctx, from) {
		if err != nil {
			return c.done, fmt.Errorf("reading the source: %w", err)
		}
		c.done.Looked++
		if err := c.copy(ctx, one); err != nil {
			return c.done, fmt.Errorf("writing the destination: %w", err)
		}
		if o.Progress != nil {
			o.Progress(c.done)
		}
	}
	if !o.Mirror {
		return c.done, nil
	}
	return c.done, c.removeOthers(ctx)
}

type copier struct {
	from, to store.Store
	o        CopyOptions
	done     Copied
	instants map[string]time.Time // of users, as copied already
}

func (c *copier) copy(ctx context.Context, one Session) error {
	revoked, err := c.revoked(ctx, one)
	switch {
	case err != nil:
		return err
	case revoked:
		c.done.Revoked++
		return nil
	case !one.Expires.After(time.Now()):
		c.done.Expired++
		return nil
	}
	_, err = c.to.Create(ctx, one.ID, one.record.Data, one.Expires)
	switch {
	case err == nil:
		c.done.Copied++
	case errors.Is(err, store.ErrExists):
		if err := c.meet(ctx, one); err != nil {
			return err
		}
	default:
		return err
	}
	return c.list(ctx, one)
}

// meet deals with a session that is at the destination already.
func (c *copier) meet(ctx context.Context, one Session) error {
	if !c.o.Mirror {
		c.done.Skipped++
		return nil
	}
	for {
		there, err := c.to.Get(ctx, one.ID)
		if err == nil && there.Data == one.record.Data && there.Expires.Sub(one.Expires).Abs() <= time.Second {
			c.done.Skipped++
			return nil
		}
		if err == nil {
			_, err = c.to.Save(ctx, one.ID, one.record.Data, one.Expires, there.Version)
		}
		switch {
		case err == nil:
			c.done.Updated++
			return nil
		case errors.Is(err, store.ErrNotFound): // it has expired there
			c.done.Expired++
			return nil
		case !errors.Is(err, store.ErrConflict):
			return err
		}
	}
}

// maxInstants bounds how many users' instants are remembered.
const maxInstants = 100_000

// revoked reports whether the session was ended by its user's instant, and sees
// to it that the destination has the instant.
func (c *copier) revoked(ctx context.Context, one Session) (bool, error) {
	from, ok := c.from.(store.UserIndex)
	if !ok || !one.bound || store.CheckUser(one.User) != nil {
		return false, nil
	}
	t, known := c.instants[one.User]
	if !known {
		var err error
		if t, err = from.NotBefore(ctx, one.User); err != nil {
			if errors.Is(err, errors.ErrUnsupported) {
				return false, nil
			}
			return false, err
		}
		if err := c.raise(ctx, one.User, t); err != nil {
			return false, err
		}
		if len(c.instants) == maxInstants {
			clear(c.instants)
		}
		c.instants[one.User] = t
	}
	return one.notBefore.Before(t), nil
}

// raise sets the user's instant at the destination, if it is not as late there.
func (c *copier) raise(ctx context.Context, user string, t time.Time) error {
	to, ok := c.to.(store.UserIndex)
	if !ok || t.IsZero() {
		return nil
	}
	for {
		there, err := to.NotBefore(ctx, user)
		if err == nil && there.Before(t) {
			err = to.SetNotBefore(ctx, user, t, there)
		}
		switch {
		case errors.Is(err, store.ErrConflict):
			continue
		case errors.Is(err, errors.ErrUnsupported):
			return nil
		}
		return err
	}
}

// list notes the session as its user's. If the store cannot, it has no list.
func (c *copier) list(ctx context.Context, one Session) error {
	to, ok := c.to.(store.UserIndex)
	if !ok || !one.bound || store.CheckUser(one.User) != nil {
		return nil
	}
	err := to.AddUserSession(ctx, one.User, one.ID, one.Expires)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// removeOthers removes what only the destination has. A session that begins at
// the source meanwhile is there by the time it could be missed here.
func (c *copier) removeOthers(ctx context.Context) error {
	for one, err := range Walk(ctx, c.to) {
		if err != nil {
			return fmt.Errorf("reading the destination: %w", err)
		}
		_, err = c.from.Get(ctx, one.ID)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("reading the source: %w", err)
		}
		if err := Revoke(ctx, c.to, one); err != nil {
			return fmt.Errorf("writing the destination: %w", err)
		}
		c.done.Removed++
		if c.o.Progress != nil {
			c.o.Progress(c.done)
		}
	}
	return nil
}
