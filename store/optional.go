package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// wrapped is the part of a wrapper that has nothing to do with ids or data.
// A wrapper has the methods of all optional interfaces, as nobody could tell
// its type by the store inside; where that one lacks them they say so.
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

// all is the inner store's All.
func (w wrapped) all(ctx context.Context) iter.Seq2[Stored, error] {
	l, ok := w.inner.(Lister)
	if !ok {
		return func(yield func(Stored, error) bool) { yield(Stored{}, lacks("Lister")) }
	}
	return l.All(ctx)
}

// storedID returns the id under which the inner store keeps the record of what
// it is given as id, be it a [Renamer] or not.
func (w wrapped) storedID(id string) string {
	if r, ok := w.inner.(Renamer); ok {
		return r.StoredID(id)
	}
	return id
}

// stored returns the store that takes these ids.
func (w wrapped) stored() Store {
	if r, ok := w.inner.(Renamer); ok {
		return r.Stored()
	}
	return w.inner
}
