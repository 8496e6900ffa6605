package session

import (
	"context"
	"errors"

	"github.com/sojourn-dev/sojourn/store"
)

// view is a store as seen by one of two kinds of ids: the front by those that
// browsers have, the back by those under which the records are kept, which are
// the ones that lists yield. They differ for a store.Renamer only.
type view struct {
	m     *Manager
	store store.Store
	users store.UserIndex // nil if the store has none
	back  bool
}

func (m *Manager) front() view { return view{m: m, store: m.store, users: m.users} }

func (m *Manager) back() view {
	v := view{m: m, store: m.store, users: m.users, back: true}
	if m.renamer != nil {
		v.store = m.renamer.Stored()
		v.users, _ = v.store.(store.UserIndex)
	}
	return v
}

// storedID returns the id under which the store keeps the record of id.
func (m *Manager) storedID(id string) string {
	if m.renamer == nil {
		return id
	}
	return m.renamer.StoredID(id)
}

// stored returns the id under which the view's record of id is kept.
func (v view) stored(id string) string {
	if v.back {
		return id
	}
	return v.m.storedID(id)
}

// named returns what the view calls the session with the id that a browser has.
func (v view) named(id string) string {
	if v.back {
		return v.m.storedID(id)
	}
	return id
}

// destroy removes the session of id, also if it has been renewed meanwhile and
// lives on under another one.
func (v view) destroy(ctx context.Context, id string, version store.Version) error {
	for rounds := 0; ; rounds++ {
		err := v.store.Delete(ctx, id, version)
		if err == nil || errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if rounds > 0 {
			if err := backOff(ctx, rounds); err != nil {
				return err
			}
		}
		r, err := v.store.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		version = r.Version
		if err := v.destroyForwarded(ctx, id, r); err != nil {
			return err
		}
	}
}

// destroyForwarded removes the session that a record of id leads to, if it is a
// forwarding record.
func (v view) destroyForwarded(ctx context.Context, id string, r store.Record) error {
	rec := new(record)
	if v.m.parse(rec, id, r) != nil {
		return nil // not a session, so it leads nowhere
	}
	next, ok := v.m.forwardedTo(rec, v.stored(id))
	if !ok {
		return nil
	}
	next = v.named(next)
	target, err := v.store.Get(ctx, next)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return v.destroy(ctx, next, target.Version)
}
