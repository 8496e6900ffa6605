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

func eachRound(f func(id string)) {
	for i := range rounds {
		f(fmt.Sprintf("round-%d", i))
	}
}

func createRacesCreate(t *testing.T, s store.Store) {
	eachRound(func(id string) {
		winner := wantOneWinner(t, together(racers, func(i int) error {
			_, err := s.Create(bounded(t), id, object(i), in(time.Hour))
			return err
		}), store.ErrExists)
		wantData(t, s, id, object(winner))
	})
}

func saveRacesSave(t *testing.T, s store.Store) {
	eachRound(func(id string) {
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
	eachRound(func(id string) {
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
	eachRound(func(id string) {
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
	eachRound(func(id string) {
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
	eachRound(func(id string) {
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
	eachRound(func(id string) {
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
	eachRound(func(id string) {
		base := create(t, s, id, object(0))
		wantOneWinner(t, together(racers, func(int) error {
			return s.Delete(bounded(t), id, base)
		}), store.ErrNotFound)
		wantAbsent(t, s, id)
	})
}

func noIncrementIsLost(t *testing.T, s store.Store) {
	const each = 40
	create(t, s, "id", object(0))
	for _, err := range together(racers, func(int) error {
		for range each {
			if err := increment(bounded(t), s, "id"); err != nil {
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
// somebody was faster.
func increment(ctx context.Context, s store.Store, id string) error {
	for {
		r, err := s.Get(ctx, id)
		if err != nil {
			return fmt.Errorf("Get: %w", err)
		}
		var n int
		if _, err := fmt.Sscanf(r.Data, `{"n":%d}`, &n); err != nil {
			return fmt.Errorf("Get returns %q: %w", r.Data, err)
		}
		_, err = s.Save(ctx, id, object(n+1), in(time.Hour), r.Version)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("Save: %w", err)
		}
	}
}

// nothingIsRevived has requests go on saving and touching for as long as they
// can, and deletes the record under them.
func nothingIsRevived(t *testing.T, s store.Store) {
	eachRound(func(id string) {
		base := create(t, s, id, object(0))
		var begun sync.WaitGroup
		begun.Add(racers)
		for i, err := range together(racers+1, func(i int) error {
			if i == racers {
				begun.Wait()
				if err := s.Delete(bounded(t), id, ""); err != nil {
					return err
				}
				if _, err := s.Get(bounded(t), id); !errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("Get after Delete has returned: %w", err)
				}
				return nil
			}
			first := sync.OnceFunc(begun.Done)
			defer first()
			return writeUntilGone(bounded(t), s, id, base, i, first)
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		wantAbsent(t, s, id)
	})
}

// writeUntilGone touches if i is odd and saves if it is even, until the record
// is gone. It calls wrote after each round.
func writeUntilGone(ctx context.Context, s store.Store, id string, base store.Version, i int, wrote func()) error {
	for n := 0; ; n++ {
		var err error
		if i%2 == 1 {
			err = s.Touch(ctx, id, in(time.Hour+time.Duration(n)*time.Second))
		} else {
			_, err = s.Save(ctx, id, object(n), in(time.Hour), base)
		}
		if errors.Is(err, store.ErrConflict) {
			var r store.Record
			if r, err = s.Get(ctx, id); err == nil {
				base = r.Version
			}
		}
		wrote()
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

// nothingIsTorn reads while others write: a record is one that was written, and
// its version is that of its data.
func nothingIsTorn(t *testing.T, s store.Store) {
	// Long enough for an engine that does not store it in one piece.
	data := func(n int) string {
		return `{"_":"` + strings.Repeat(string(rune('a'+n%26)), 20_000+n%7) + `"}`
	}
	base := create(t, s, "id", data(0))
	var versions sync.Map
	var writing atomic.Bool
	writing.Store(true)
	for _, err := range together(racers/2, func(i int) error {
		if i == 0 {
			defer writing.Store(false)
			for n := range 5 * rounds {
				v, err := s.Save(bounded(t), "id", data(n+1), in(time.Hour), base)
				if err != nil {
					return err
				}
				base = v
			}
			return nil
		}
		for writing.Load() {
			r, err := s.Get(bounded(t), "id")
			if err != nil {
				return err
			}
			if strings.Count(r.Data, r.Data[6:7]) != len(r.Data)-len(`{"_":""}`) {
				return errors.New("Get returns a mixture of two records")
			}
			if before, loaded := versions.LoadOrStore(r.Version, r.Data); loaded && before != r.Data {
				return errors.New("Get returns the version of another record")
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
}
