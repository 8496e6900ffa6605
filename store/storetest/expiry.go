package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var expiryChecks = []check{
	{"ExpiredIsAbsent", expiredIsAbsent},
	{"ExpiredIsNotRevived", expiredIsNotRevived},
	{"CreateOverExpired", createOverExpired},
	{"CreateInThePast", createInThePast},
	{"ExpiresInTime", expiresInTime},
}

// expired leaves under id a record that has expired, as it is when the engine
// has not swept it yet, and returns its version. No time has to pass for it, as
// a save sets an expiry as given.
func expired(t *testing.T, s store.Store, id string) store.Version {
	t.Helper()
	v, err := s.Save(bounded(t), id, object(1), in(-time.Hour), create(t, s, id, object(0)))
	if err != nil {
		t.Fatalf("Save with an expiry in the past: %v", err)
	}
	return v
}

func expiredIsAbsent(t *testing.T, s store.Store) {
	for i := range operations("") {
		id := nth("id", i)
		op := operations(expired(t, s, id))[i]
		wantAbsent(t, s, id)
		err := op.call(bounded(t), s, id)
		switch op.name {
		case "Create":
			if err != nil {
				t.Errorf("Create: %v", err)
			}
			continue
		case "Delete":
			if err != nil {
				t.Errorf("Delete: %v", err)
			}
		default:
			wantError(t, op.name, err, store.ErrNotFound)
		}
		wantAbsent(t, s, id)
	}
}

func expiredIsNotRevived(t *testing.T, s store.Store) {
	v := expired(t, s, "id")
	err := s.Touch(bounded(t), "id", in(time.Hour))
	wantError(t, "Touch", err, store.ErrNotFound)
	wantAbsent(t, s, "id")
	_, err = s.Save(bounded(t), "id", object(2), in(time.Hour), v)
	wantError(t, "Save", err, store.ErrNotFound)
	wantAbsent(t, s, "id")
}

func createOverExpired(t *testing.T, s store.Store) {
	old := expired(t, s, "id")
	expires := in(2 * time.Hour)
	v, err := s.Create(bounded(t), "id", object(2), expires)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	wantData(t, s, "id", object(2))
	wantExpires(t, s, "id", expires)

	// A writer from the life before has nothing to do with this one.
	_, err = s.Save(bounded(t), "id", object(3), in(time.Hour), old)
	wantError(t, "Save on the expired version", err, store.ErrConflict)
	wantError(t, "Delete of the expired version", s.Delete(bounded(t), "id", old), store.ErrConflict)
	save(t, s, "id", object(4), v)
}

func createInThePast(t *testing.T, s store.Store) {
	for _, d := range []time.Duration{-time.Hour, -20 * 365 * 24 * time.Hour} {
		if _, err := s.Create(bounded(t), "id", object(1), in(d)); err != nil {
			t.Errorf("Create: %v", err)
		}
		wantAbsent(t, s, "id")
	}
	create(t, s, "id", object(2))
	wantData(t, s, "id", object(2))
}

// expiresInTime lets real time pass. Whatever has set the expiry, the record is
// there before it and gone after; what has been extended meanwhile stays.
func expiresInTime(t *testing.T, s store.Store) {
	const life = 3 * time.Second
	expires := in(life)
	started := func(id string, expires time.Time) store.Version {
		t.Helper()
		v, err := s.Create(bounded(t), id, object(1), expires)
		if err != nil {
			t.Fatalf("Create: %v", err)
		}
		return v
	}
	started("created", expires)
	if _, err := s.Save(bounded(t), "saved", object(1), expires, started("saved", in(time.Hour))); err != nil {
		t.Fatalf("Save: %v", err)
	}
	started("touched", expires.Add(-life/3))
	started("extended", expires)
	for id, later := range map[string]time.Time{"touched": expires, "extended": in(time.Hour)} {
		if err := s.Touch(bounded(t), id, later); err != nil {
			t.Fatalf("Touch a record that has two seconds to live: %v", err)
		}
	}

	for _, id := range []string{"created", "saved", "touched"} {
		wantGoneAt(t, s, id, expires)
	}
	for time.Now().Before(expires.Add(precision)) {
		wantData(t, s, "extended", object(1))
		time.Sleep(pause)
	}
	wantData(t, s, "extended", object(1))
}

// pause is the time between two polls.
const pause = 20 * time.Millisecond

// wantGoneAt polls until the record is gone.
func wantGoneAt(t *testing.T, s store.Store, id string, expires time.Time) {
	t.Helper()
	wantUntil(t, id, expires, func() bool {
		_, err := s.Get(bounded(t), id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: Get: %v", id, err)
		}
		return err == nil
	})
}

// wantUntil polls until there is no more of it. What counts is when a look
// began, so that a slow machine makes the check slower and not wrong.
func wantUntil(t *testing.T, what string, expires time.Time, there func() bool) {
	t.Helper()
	for {
		began := time.Now()
		found := there()
		ended := time.Now()
		switch {
		case found && began.After(expires.Add(2*precision)):
			t.Errorf("%s: it is there %v after it has expired", what, began.Sub(expires))
			return
		case found:
			time.Sleep(pause)
		case ended.Before(expires.Add(-precision)):
			t.Errorf("%s: it is gone %v before it expires", what, expires.Sub(ended))
			return
		default:
			return
		}
	}
}
