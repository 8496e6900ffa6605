package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// raceChecks are about callers at the same time. Each plays many rounds, on an
// id of its own each time, as one round may by chance go well.
var raceChecks = []check{
	{"CreateRacesCreate", createRacesCreate},
	{"SaveRacesSave", saveRacesSave},
	{"SaveRacesDelete", saveRacesDelete},
	{"SaveRacesDeleteOfOneVersion", saveRacesDeleteOfOneVersion},
	{"SaveRacesTouch", saveRacesTouch},
	{"TouchRacesTouch", touchRacesTouch},
	{"TouchRacesDelete", touchRacesDelete},
	{"DeleteRacesDeleteOfOneVersion", deleteRacesDeleteOfOneVersion},
	{"NoIncrementIsLost", noIncrementIsLost},
	{"NothingIsRevived", nothingIsRevived},
	{"NothingIsTorn", nothingIsTorn},
}

const (
	racers = 8
	rounds = 20
)

// eachRound calls f with one id after the other, until something is wrong.
func eachRound(t *testing.T, f func(id string)) {
	for i := range rounds {
		if t.Failed() {
			return
		}
		f(nth("round", i))
	}
}

func createRacesCreate(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		winner := wantOneWinner(t, together(racers, func(i int) error {
			_, err := s.Create(bounded(t), id, object(i), in(time.Hour))
			return err
		}), store.ErrExists)
		wantData(t, s, id, object(winner))
	})
}

func saveRacesSave(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		base := create(t, s, id, object(-1))
		winner := wantOneWinner(t, together(racers, func(i int) error {
			_, err := s.Save(bounded(t), id, object(i), in(time.Hour), base)
			return err
		}), store.ErrConflict)
		wantData(t, s, id, object(winner))
	})
}

// saveRacesDelete is the logout under a slow request: the logout wins.
func saveRacesDelete(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		base := create(t, s, id, object(0))
		errs := together(2, func(i int) error {
			if i == 0 {
				return s.Delete(bounded(t), id, "")
			}
			_, err := s.Save(bounded(t), id, object(1), in(time.Hour), base)
			return err
		})
		if errs[0] != nil {
			t.Errorf("Delete: %v", errs[0])
		}
		if errs[1] != nil {
			wantError(t, "Save", errs[1], store.ErrNotFound)
		}
		wantAbsent(t, s, id)
	})
}

// saveRacesDeleteOfOneVersion is the renewal of an id under a slow request:
// either the renewal sees what the request has written, or the request sees
// that the id is gone.
func saveRacesDeleteOfOneVersion(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		base := create(t, s, id, object(0))
		errs := together(2, func(i int) error {
			if i == 0 {
				return s.Delete(bounded(t), id, base)
			}
			_, err := s.Save(bounded(t), id, object(1), in(time.Hour), base)
			return err
		})
		switch {
		case errs[0] == nil:
			wantError(t, "Save", errs[1], store.ErrNotFound)
			wantAbsent(t, s, id)
		case errs[1] == nil:
			wantError(t, "Delete", errs[0], store.ErrConflict)
			wantData(t, s, id, object(1))
		default:
			t.Errorf("both have lost: Delete: %v, Save: %v", errs[0], errs[1])
		}
	})
}

// saveRacesTouch has a touch put back the data that it has found, unless it
// leaves data alone as it should.
func saveRacesTouch(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		base := create(t, s, id, object(0))
		for i, err := range together(racers, func(i int) error {
			if i > 0 {
				return s.Touch(bounded(t), id, in(2*time.Hour))
			}
			_, err := s.Save(bounded(t), id, object(1), in(time.Hour), base)
			return err
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		wantData(t, s, id, object(1))
	})
}

func touchRacesTouch(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		create(t, s, id, object(0))
		last := in((1 + racers) * time.Hour)
		for _, err := range together(racers, func(i int) error {
			return s.Touch(bounded(t), id, last.Add(time.Duration(-i)*time.Hour))
		}) {
			if err != nil {
				t.Errorf("Touch: %v", err)
			}
		}
		wantExpires(t, s, id, last)
	})
}

func touchRacesDelete(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		create(t, s, id, object(0))
		errs := together(racers, func(i int) error {
			if i == 0 {
				return s.Delete(bounded(t), id, "")
			}
			return s.Touch(bounded(t), id, in(2*time.Hour))
		})
		for i, err := range errs {
			if err != nil && (i == 0 || !errors.Is(err, store.ErrNotFound)) {
				t.Errorf("call %d: %v", i, err)
			}
		}
		wantAbsent(t, s, id)
	})
}

func deleteRacesDeleteOfOneVersion(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		base := create(t, s, id, object(0))
		wantOneWinner(t, together(racers, func(int) error {
			return s.Delete(bounded(t), id, base)
		}), store.ErrNotFound)
		wantAbsent(t, s, id)
	})
}

// noIncrementIsLost makes sure of a first conflict: nobody writes before all have
// read.
func noIncrementIsLost(t *testing.T, s store.Store) {
	const each = 40
	create(t, s, "id", object(0))
	var allRead sync.WaitGroup
	allRead.Add(racers)
	for _, err := range together(racers, func(int) error {
		read := sync.OnceFunc(func() {
			allRead.Done()
			allRead.Wait()
		})
		defer read()
		ctx := bounded(t)
		for range each {
			if err := increment(ctx, s, "id", read); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	wantData(t, s, "id", object(racers*each))
}

// increment is what a session manager does: read, change, save, and again if
// somebody was faster. It calls read between the first two.
func increment(ctx context.Context, s store.Store, id string, read func()) error {
	for {
		r, err := s.Get(ctx, id)
		if err != nil {
			return fmt.Errorf("cannot read: %w", err)
		}
		read()
		var n int
		if _, err := fmt.Sscanf(r.Data, `{"n":%d}`, &n); err != nil {
			return fmt.Errorf("no number in %q: %w", r.Data, err)
		}
		_, err = s.Save(ctx, id, object(n+1), in(time.Hour), r.Version)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("cannot save: %w", err)
		}
	}
}

// nothingIsRevived has requests go on saving and touching for as long as they
// can, and deletes the record under them. What begins after the deletion has
// returned finds nothing any more.
func nothingIsRevived(t *testing.T, s store.Store) {
	eachRound(t, func(id string) {
		w := writers{store: s, id: id, base: create(t, s, id, object(0))}
		w.begun.Add(racers)
		for _, err := range together(racers+1, func(i int) error {
			if i < racers {
				return w.write(bounded(t), i)
			}
			w.begun.Wait()
			defer w.deleted.Store(true)
			return s.Delete(bounded(t), id, "")
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		wantAbsent(t, s, id)
	})
}

// writers are requests that hold on to a record.
type writers struct {
	store   store.Store
	id      string
	base    store.Version
	begun   sync.WaitGroup
	deleted atomic.Bool
}

// write touches if i is odd and saves if it is even, until the record is gone.
func (w *writers) write(ctx context.Context, i int) error {
	begun := sync.OnceFunc(w.begun.Done)
	defer begun()
	base := w.base
	for n := 0; ; n++ {
		deleted := w.deleted.Load()
		var err error
		if i%2 == 1 {
			err = w.store.Touch(ctx, w.id, in(time.Hour+time.Duration(n)*time.Second))
		} else if base, err = w.save(ctx, base, n); errors.Is(err, store.ErrConflict) && !deleted {
			err = nil
		}
		begun()
		switch {
		case errors.Is(err, store.ErrNotFound):
			return nil
		case err != nil:
			return err
		case deleted:
			return errors.New("a record that has been deleted can still be written")
		}
	}
}

// save saves on base and returns the version to go on with.
func (w *writers) save(ctx context.Context, base store.Version, n int) (store.Version, error) {
	v, err := w.store.Save(ctx, w.id, object(n), in(time.Hour), base)
	if errors.Is(err, store.ErrConflict) {
		if r, err := w.store.Get(ctx, w.id); err == nil {
			v = r.Version
		}
	}
	return v, err
}

// nothingIsTorn reads while somebody writes: a record is one that was written,
// and its version is that of its data.
func nothingIsTorn(t *testing.T, s store.Store) {
	const prefix, suffix = `{"N":"`, `"}`
	// Long enough for an engine that does not store it in one piece.
	data := func(n int) string {
		return prefix + strings.Repeat(string(rune('a'+n%26)), 20_000+n%7) + suffix
	}
	whole := func(data string) bool {
		filling, ok := strings.CutPrefix(data, prefix)
		return ok && strings.Count(filling, filling[:1]) == len(filling)-len(suffix)
	}
	var versions sync.Map
	fits := func(v store.Version, data string) bool {
		before, loaded := versions.LoadOrStore(v, data)
		return !loaded || before == data
	}

	base := create(t, s, "id", data(0))
	var readers atomic.Int64
	readers.Store(racers - 1)
	for _, err := range together(racers, func(i int) error {
		ctx := bounded(t)
		if i == 0 {
			for n := 1; readers.Load() > 0; n++ {
				v, err := s.Save(ctx, "id", data(n), in(time.Hour), base)
				if err != nil {
					return fmt.Errorf("cannot save: %w", err)
				}
				if !fits(v, data(n)) {
					return errors.New("a record was read with the version of another")
				}
				base = v
			}
			return nil
		}
		defer readers.Add(-1)
		for range rounds {
			switch r, err := s.Get(ctx, "id"); {
			case err != nil:
				return fmt.Errorf("cannot read: %w", err)
			case !whole(r.Data):
				return errors.New("a mixture of two records was read")
			case !fits(r.Version, r.Data):
				return errors.New("a record was read with the version of another")
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
}
