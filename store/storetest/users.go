package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// userChecks are about what an index of users notes of sessions. They create the
// records first, as a store may drop what it has noted of an id without one.
var userChecks = []check{
	{"UserSessionsAreYielded", userSessionsAreYielded},
	{"UserSessionsAreYieldedOnce", userSessionsAreYieldedOnce},
	{"UserSessionsInThePast", userSessionsInThePast},
	{"UserSessionsExpireInTime", userSessionsExpireInTime},
	{"UserSessionsAreTakenBack", userSessionsAreTakenBack},
	{"UserSessionsNeedNoRecord", userSessionsNeedNoRecord},
	{"UserSessionsLeaveTheRecord", userSessionsLeaveTheRecord},
	{"UserSessionsHoldNobodyUp", userSessionsHoldNobodyUp},
	{"UserSessionsRace", userSessionsRace},
	{"UserSessionsAreCleared", userSessionsAreCleared},
	{"UsersAreApart", usersAreApart},
	{"UserSessionIDsAreApart", userSessionIDsAreApart},
	{"InvalidUsersAreRefused", invalidUsersAreRefused},
	{"InvalidUserSessionIDsAreRefused", invalidUserSessionIDsAreRefused},
	{"UserErrorsAreDiscreet", userErrorsAreDiscreet},
	{"UserContextEndedBefore", userContextEndedBefore},
}

// longUserChecks need many records.
var longUserChecks = []listingCheck{
	{"UserSessionsAreMany", userSessionsAreMany},
	{"UserSessionsStopWhenTold", userSessionsStopWhenTold},
	{"UserSessionsStopWithTheirContext", userSessionsStopWithTheirContext},
	{"UserSessionsUnderChange", userSessionsUnderChange},
}

func userIndex(t *testing.T, s store.Store) store.UserIndex {
	t.Helper()
	u, ok := s.(store.UserIndex)
	if !ok {
		t.Skip("the store is no UserIndex")
	}
	_, err := u.NotBefore(bounded(t), "user")
	skipIfUnsupported(t, err)
	return u
}

// note notes a session for an hour, as long as the records of these checks live.
func note(t *testing.T, u store.UserIndex, user, id string) {
	t.Helper()
	noteUntil(t, u, user, id, in(time.Hour))
}

func noteUntil(t *testing.T, u store.UserIndex, user, id string, expires time.Time) {
	t.Helper()
	if err := u.AddUserSession(bounded(t), user, id, expires); err != nil {
		t.Fatalf("AddUserSession: %v", err)
	}
}

func takeBack(t *testing.T, u store.UserIndex, user, id string) {
	t.Helper()
	if err := u.RemoveUserSession(bounded(t), user, id); err != nil {
		t.Fatalf("RemoveUserSession: %v", err)
	}
}

// populateUser creates n records and notes them.
func populateUser(t *testing.T, s store.Store, u store.UserIndex, user, prefix string, n int) {
	t.Helper()
	populate(t, s, prefix, n)
	for _, err := range together(racers, func(part int) error {
		ctx := bounded(t)
		for i := part; i < n; i += racers {
			if err := u.AddUserSession(ctx, user, nth(prefix, i), in(time.Hour)); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Fatalf("AddUserSession: %v", err)
		}
	}
}

// walkUser collects what UserSessions yields, calling visit after each.
func walkUser(t *testing.T, u store.UserIndex, user string, visit func(n int)) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for id, err := range u.UserSessions(bounded(t), user) {
		if err != nil {
			t.Errorf("UserSessions: %v", err)
			break
		}
		if seen[id] {
			t.Errorf("UserSessions yields %s twice", id)
		}
		seen[id] = true
		visit(len(seen))
	}
	return seen
}

// wantSessions checks that exactly these are yielded as a user's.
func wantSessions(t *testing.T, s store.Store, u store.UserIndex, user string, ids ...string) {
	t.Helper()
	seen := walkUser(t, u, user, func(int) {})
	for _, id := range ids {
		if !seen[storedID(s, id)] {
			t.Errorf("UserSessions of %.40q leaves %.40q out", user, id)
		}
		delete(seen, storedID(s, id))
	}
	for id := range seen {
		t.Errorf("UserSessions of %.40q yields %.40q", user, id)
	}
}

func userSessionsAreYielded(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	wantSessions(t, s, u, "ada")
	populate(t, s, "id", 4)
	for _, i := range []int{0, 1, 2} {
		note(t, u, "ada", nth("id", i))
	}
	for _, i := range []int{2, 3} {
		note(t, u, "bob", nth("id", i))
	}
	wantSessions(t, s, u, "ada", "id-0", "id-1", "id-2")
	wantSessions(t, s, u, "bob", "id-2", "id-3")
	wantSessions(t, s, u, "eve")
}

func userSessionsAreYieldedOnce(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	create(t, s, "id", object(0))
	for _, d := range []time.Duration{time.Hour, time.Hour, 2 * time.Hour, time.Minute} {
		noteUntil(t, u, "ada", "id", in(d))
		wantSessions(t, s, u, "ada", "id")
	}
}

func userSessionsAreMany(t *testing.T, s store.Store, records int) {
	u := userIndex(t, s)
	populateUser(t, s, u, "ada", "id", records)
	var ids []string
	for i := range records {
		ids = append(ids, nth("id", i))
	}
	wantSessions(t, s, u, "ada", ids...)
}

func userSessionsInThePast(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	populate(t, s, "id", 2)
	note(t, u, "ada", "id-0")
	for _, d := range []time.Duration{-2 * precision, -time.Hour, -20 * 365 * 24 * time.Hour} {
		for i := range 2 {
			noteUntil(t, u, "ada", nth("id", i), in(d))
		}
		wantSessions(t, s, u, "ada", "id-0")
	}
}

// userSessionsExpireInTime lets real time pass. What is noted is yielded until
// its instant, of several instants until the latest, in whatever order they come.
func userSessionsExpireInTime(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	const life = 3 * time.Second
	for _, id := range []string{"once", "again", "extended", "shortened"} {
		create(t, s, id, object(0))
	}
	populate(t, s, "raced", racers)
	expires, later := in(life), in(time.Hour)
	noteUntil(t, u, "ada", "once", expires)
	noteUntil(t, u, "ada", "again", expires.Add(-life/3))
	noteUntil(t, u, "ada", "again", expires)
	noteUntil(t, u, "ada", "extended", expires)
	noteUntil(t, u, "ada", "extended", later)
	noteUntil(t, u, "ada", "shortened", later)
	noteUntil(t, u, "ada", "shortened", expires)
	stay := []string{"extended", "shortened"}
	for round := range racers {
		stay = append(stay, nth("raced", round))
		for _, err := range together(racers, func(i int) error {
			if i == round {
				return u.AddUserSession(bounded(t), "ada", nth("raced", round), later)
			}
			return u.AddUserSession(bounded(t), "ada", nth("raced", round), expires)
		}) {
			if err != nil {
				t.Errorf("AddUserSession: %v", err)
			}
		}
	}

	for _, id := range []string{"once", "again"} {
		wantUntil(t, id, expires, func() bool {
			return walkUser(t, u, "ada", func(int) {})[storedID(s, id)]
		})
	}
	for time.Now().Before(expires.Add(precision)) {
		time.Sleep(pause)
	}
	wantSessions(t, s, u, "ada", stay...)
}

func userSessionsAreTakenBack(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	populate(t, s, "id", 2)
	for range 2 {
		for i := range 2 {
			note(t, u, "ada", nth("id", i))
			note(t, u, "bob", nth("id", i))
		}
		takeBack(t, u, "ada", "id-0")
		wantSessions(t, s, u, "ada", "id-1")
		wantSessions(t, s, u, "bob", "id-0", "id-1")
		// There is nothing to take back any more, and never was.
		takeBack(t, u, "ada", "id-0")
		takeBack(t, u, "ada", "never")
		takeBack(t, u, "eve", "id-0")
		takeBack(t, u, "ada", "id-1")
		wantSessions(t, s, u, "ada")
	}
	wantSessions(t, s, u, "bob", "id-0", "id-1")
}

func userSessionsNeedNoRecord(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	note(t, u, "ada", "never")
	create(t, s, "ended", object(0))
	note(t, u, "ada", "ended")
	if err := s.Delete(bounded(t), "ended", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	note(t, u, "ada", "ended")
	for _, id := range []string{"never", "ended"} {
		wantAbsent(t, s, id)
		takeBack(t, u, "ada", id)
	}
	wantSessions(t, s, u, "ada")
}

func userSessionsLeaveTheRecord(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	create(t, s, "id", object(0))
	before := get(t, s, "id")
	for _, d := range []time.Duration{time.Minute, 2 * time.Hour} {
		noteUntil(t, u, "ada", "id", in(d))
		wantRecord(t, s, "id", before)
	}
	takeBack(t, u, "ada", "id")
	wantRecord(t, s, "id", before)
	setNotBefore(t, u, "ada", in(time.Hour), time.Time{})
	wantRecord(t, s, "id", before)
}

func userSessionsStopWhenTold(t *testing.T, s store.Store, records int) {
	u := userIndex(t, s)
	populateUser(t, s, u, "ada", "id", records)
	for _, after := range []int{1, 10, records / 2} {
		n := 0
		for _, err := range u.UserSessions(bounded(t), "ada") {
			if err != nil {
				t.Fatalf("UserSessions: %v", err)
			}
			if n++; n == after {
				break
			}
		}
		// What was broken off holds nothing that anybody else needs.
		create(t, s, nth("after", after), object(0))
		note(t, u, "ada", nth("after", after))
		takeBack(t, u, "ada", nth("after", after))
	}
	if got := len(walkUser(t, u, "ada", func(int) {})); got != records {
		t.Errorf("UserSessions yields %d ids after it was broken off, want %d", got, records)
	}
}

func userSessionsStopWithTheirContext(t *testing.T, s store.Store, records int) {
	u := userIndex(t, s)
	populateUser(t, s, u, "ada", "id", records)
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	ids, ended := 0, false
	for id, err := range u.UserSessions(ctx, "ada") {
		if ended {
			t.Fatal("UserSessions goes on after an error")
		}
		if err != nil {
			ended = true
			wantError(t, "UserSessions", err, context.Canceled)
			if id != "" {
				t.Error("UserSessions yields an id with an error")
			}
			continue
		}
		ids++
		cancel()
	}
	if !ended {
		t.Errorf("UserSessions yields %d ids and no error although its context was cancelled at the first", ids)
	}
}

// userSessionsHoldNobodyUp calls the store from the loop, as somebody does who
// ends the sessions of a user one by one.
func userSessionsHoldNobodyUp(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	const n = 100
	populateUser(t, s, u, "ada", "id", n)
	known := map[string]string{}
	for i := range n {
		known[storedID(s, nth("id", i))] = nth("id", i)
	}
	ended := 0
	for stored, err := range u.UserSessions(bounded(t), "ada") {
		if err != nil {
			t.Fatalf("UserSessions: %v", err)
		}
		id := known[stored]
		v := save(t, s, id, object(-1), get(t, s, id).Version)
		note(t, u, "bob", id)
		if ended++; ended%2 == 0 {
			if err := s.Delete(bounded(t), id, v); err != nil {
				t.Fatalf("Delete: %v", err)
			}
		}
		takeBack(t, u, "ada", id)
		takeBack(t, u, "bob", id)
	}
	if ended != n {
		t.Errorf("UserSessions yields %d ids, want %d", ended, n)
	}
	wantSessions(t, s, u, "ada")
	wantSessions(t, s, u, "bob")
}

// userSessionsUnderChange has a session go and another come at each step of the
// walk. Those that stay are yielded all the same, and none is yielded twice.
func userSessionsUnderChange(t *testing.T, s store.Store, records int) {
	u := userIndex(t, s)
	populateUser(t, s, u, "ada", "stays", records/2)
	populateUser(t, s, u, "ada", "goes", records/2)
	populate(t, s, "young", records/2)
	ctx := bounded(t)
	seen := walkUser(t, u, "ada", func(n int) {
		if n > records/2 {
			return // else the walk might meet what it notes, for ever
		}
		if err := u.RemoveUserSession(ctx, "ada", nth("goes", n-1)); err != nil {
			t.Fatalf("RemoveUserSession: %v", err)
		}
		if err := u.AddUserSession(ctx, "ada", nth("young", n-1), in(time.Hour)); err != nil {
			t.Fatalf("AddUserSession: %v", err)
		}
	})
	for i := range records / 2 {
		if !seen[storedID(s, nth("stays", i))] {
			t.Fatal("UserSessions leaves one out that nobody has taken back")
		}
	}
}

// userSessionsRace has some note a user's sessions while others take them back
// and others look. Each has ids of its own, so that it is known what is left.
func userSessionsRace(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	populate(t, s, "id", racers*rounds)
	for _, err := range together(racers, func(i int) error {
		ctx := bounded(t)
		for round := range rounds {
			id := nth("id", i*rounds+round)
			if err := u.AddUserSession(ctx, "ada", id, in(time.Hour)); err != nil {
				return fmt.Errorf("AddUserSession: %w", err)
			}
			if round%2 == 0 {
				if err := u.RemoveUserSession(ctx, "ada", id); err != nil {
					return fmt.Errorf("RemoveUserSession: %w", err)
				}
			}
			if round%5 == i%5 {
				for _, err := range u.UserSessions(ctx, "ada") {
					if err != nil {
						return fmt.Errorf("UserSessions: %w", err)
					}
				}
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	var left []string
	for i := range racers {
		for round := 1; round < rounds; round += 2 {
			left = append(left, nth("id", i*rounds+round))
		}
	}
	wantSessions(t, s, u, "ada", left...)
}

// userSessionsAreCleared: hints go with the records that they are about.
func userSessionsAreCleared(t *testing.T, s store.Store) {
	u, c := userIndex(t, s), clearer(t, s)
	populateUser(t, s, u, "ada", "id", 100)
	if err := c.Clear(bounded(t)); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	wantSessions(t, s, u, "ada")
	populate(t, s, "id", 2)
	wantSessions(t, s, u, "ada")
	note(t, u, "ada", "id-1")
	wantSessions(t, s, u, "ada", "id-1")
}
