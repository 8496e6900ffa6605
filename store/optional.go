package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// wrapper is what a wrapper implements, whatever the store inside: its type
// cannot depend on that.
type wrapper interface {
	Store
	Renamer
	Lister
	Counter
	Clearer
	UserIndex
	io.Closer
}

// wrapped passes the optional methods on to the store inside, and says so where
// that one lacks them.
type wrapped struct {
	inner Store
}

// lacks is the answer where the inner store is no such thing.
func lacks(name string) error {
	return fmt.Errorf("the wrapped store is no %s: %w", name, errors.ErrUnsupported)
}

// Count implements [Counter].
func (w wrapped) Count(ctx context.Context) (int, error) {
	c, ok := w.inner.(Counter)
	if !ok {
		return 0, lacks("Counter")
	}
	return c.Count(ctx)
}

// Clear implements [Clearer].
func (w wrapped) Clear(ctx context.Context) error {
	c, ok := w.inner.(Clearer)
	if !ok {
		return lacks("Clearer")
	}
	return c.Clear(ctx)
}

// Close implements [io.Closer]: it closes the wrapped store, if that can be.
func (w wrapped) Close() error {
	c, ok := w.inner.(io.Closer)
	if !ok {
		return nil
	}
	return c.Close()
}

// UserSessions implements [UserIndex].
func (w wrapped) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	x, err := w.index()
	if err != nil {
		return func(yield func(string, error) bool) { yield("", err) }
	}
	return x.UserSessions(ctx, user)
}

// NotBefore implements [UserIndex].
func (w wrapped) NotBefore(ctx context.Context, user string) (time.Time, error) {
	x, err := w.index()
	if err != nil {
		return time.Time{}, err
	}
	return x.NotBefore(ctx, user)
}

// SetNotBefore implements [UserIndex].
func (w wrapped) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	x, err := w.index()
	if err != nil {
		return err
	}
	return x.SetNotBefore(ctx, user, notBefore, base)
}

func (w wrapped) index() (UserIndex, error) {
	x, ok := w.inner.(UserIndex)
	if !ok {
		return nil, lacks("UserIndex")
	}
	return x, nil
}

// AddUserSession implements [UserIndex].
func (w wrapped) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	x, err := w.index()
	if err != nil {
		return err
	}
	return x.AddUserSession(ctx, user, id, expires)
}

// RemoveUserSession implements [UserIndex].
func (w wrapped) RemoveUserSession(ctx context.Context, user, id string) error {
	x, err := w.index()
	if err != nil {
		return err
	}
	return x.RemoveUserSession(ctx, user, id)
}

// All implements [Lister].
func (w wrapped) All(ctx context.Context) iter.Seq2[Stored, error] {
	l, ok := w.inner.(Lister)
	if !ok {
		return func(yield func(Stored, error) bool) { yield(Stored{}, lacks("Lister")) }
	}
	return l.All(ctx)
}

// StoredID implements [Renamer]: it returns the id under which the inner store
// keeps what it is given as id, be that a Renamer or not.
func (w wrapped) StoredID(id string) string {
	if r, ok := w.inner.(Renamer); ok {
		return r.StoredID(id)
	}
	return id
}

// Stored implements [Renamer]: it returns the store that takes these ids.
func (w wrapped) Stored() Store {
	if r, ok := w.inner.(Renamer); ok {
		return r.Stored()
	}
	return w.inner
}
