package storetest

import (
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// instantChecks are about the instants that an index of users keeps.
var instantChecks = []check{
	{"NotBeforeIsZeroAtFirst", notBeforeIsZeroAtFirst},
	{"NotBeforeIsWhatWasSet", notBeforeIsWhatWasSet},
	{"NotBeforeOnOtherBaseIsConflict", notBeforeOnOtherBaseIsConflict},
	{"NotBeforeIsNeverUnset", notBeforeIsNeverUnset},
	{"NotBeforeRaces", notBeforeRaces},
	{"NotBeforeOutlivesClear", notBeforeOutlivesClear},
}

func setNotBefore(t *testing.T, u store.UserIndex, user string, notBefore, base time.Time) {
	t.Helper()
	if err := u.SetNotBefore(bounded(t), user, notBefore, base); err != nil {
		t.Fatalf("SetNotBefore: %v", err)
	}
}

func wantNotBefore(t *testing.T, u store.UserIndex, user string, want time.Time) {
	t.Helper()
	got, err := u.NotBefore(bounded(t), user)
	if err != nil {
		t.Fatalf("NotBefore: %v", err)
	}
	if !got.Equal(want) {
		t.Errorf("NotBefore of %.40q: %v, want %v", user, got, want)
	}
}

func notBeforeIsZeroAtFirst(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	wantNotBefore(t, u, "ada", time.Time{})
	// What is noted does not set it.
	create(t, s, "id", object(0))
	note(t, u, "ada", "id")
	wantNotBefore(t, u, "ada", time.Time{})
	setNotBefore(t, u, "bob", in(0), time.Time{})
	wantNotBefore(t, u, "ada", time.Time{})
}

// notBeforeIsWhatWasSet: whole milliseconds, in whatever zone, later or earlier
// than before or the same.
func notBeforeIsWhatWasSet(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	base := time.Time{}
	for _, next := range []time.Time{
		time.Unix(0, 0), // zero in numbers, but not none
		time.Unix(1_700_000_000, 123_999_999),
		time.Unix(1_700_000_000, 124_000_000),
		time.Unix(1_700_000_000, 124_000_001),
		time.Unix(1_600_000_000, 999_999_999).In(time.FixedZone("", 5*60*60)),
		time.Date(1969, 7, 20, 20, 17, 40, 1_999_999, time.UTC),
		time.Date(2262, 5, 1, 0, 0, 0, 1_000_000, time.UTC),
	} {
		setNotBefore(t, u, "ada", next, base)
		wantNotBefore(t, u, "ada", next.Truncate(time.Millisecond))
		base = next // with its fraction, which does not count
	}
}

func notBeforeOnOtherBaseIsConflict(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	now := in(0).Truncate(time.Millisecond)
	refused := func(what string, base time.Time) {
		t.Helper()
		for _, next := range []time.Time{now, now.Add(time.Hour)} {
			wantError(t, "SetNotBefore on "+what, u.SetNotBefore(bounded(t), "ada", next, base), store.ErrConflict)
		}
	}
	refused("an instant where there is none", now)
	refused("the epoch where there is none", time.Unix(0, 0))
	wantNotBefore(t, u, "ada", time.Time{})

	setNotBefore(t, u, "ada", now, time.Time{})
	setNotBefore(t, u, "bob", now.Add(time.Hour), time.Time{})
	refused("none where there is one", time.Time{})
	refused("an earlier one", now.Add(-time.Millisecond))
	refused("a later one", now.Add(time.Millisecond))
	refused("another user's", now.Add(time.Hour))
	wantNotBefore(t, u, "ada", now)
	wantNotBefore(t, u, "bob", now.Add(time.Hour))
}

func notBeforeIsNeverUnset(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	now := in(0).Truncate(time.Millisecond)
	unset := func(base time.Time) {
		t.Helper()
		for _, none := range []time.Time{{}, time.Time{}.Add(time.Microsecond)} {
			if err := u.SetNotBefore(bounded(t), "ada", none, base); err == nil {
				t.Error("SetNotBefore to the zero Time is no error")
			}
		}
		wantNotBefore(t, u, "ada", base)
	}
	unset(time.Time{})
	setNotBefore(t, u, "ada", now, time.Time{})
	unset(now)
}

// notBeforeRaces has many replace the same instant, first the one that is none.
func notBeforeRaces(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	eachRound(t, func(user string) {
		var base time.Time
		for step := range 3 {
			next := func(i int) time.Time { return time.UnixMilli(int64(1_700_000_000_000 + step*racers + i)) }
			winner := wantOneWinner(t, together(racers, func(i int) error {
				return u.SetNotBefore(bounded(t), user, next(i), base)
			}), store.ErrConflict)
			base = next(winner)
			wantNotBefore(t, u, user, base)
		}
	})
}

func notBeforeOutlivesClear(t *testing.T, s store.Store) {
	u, c := userIndex(t, s), clearer(t, s)
	now := in(0).Truncate(time.Millisecond)
	setNotBefore(t, u, "ada", now, time.Time{})
	if err := c.Clear(bounded(t)); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	wantNotBefore(t, u, "ada", now)
	wantError(t, "SetNotBefore", u.SetNotBefore(bounded(t), "ada", now, time.Time{}), store.ErrConflict)
}
