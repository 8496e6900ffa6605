package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// userOperation is one call of an index with everything but the names already
// given.
type userOperation struct {
	name    string
	takesID bool
	call    func(ctx context.Context, u store.UserIndex, user, id string) error
}

var userOperations = []userOperation{
	{"AddUserSession", true, func(ctx context.Context, u store.UserIndex, user, id string) error {
		return u.AddUserSession(ctx, user, id, in(time.Hour))
	}},
	{"RemoveUserSession", true, func(ctx context.Context, u store.UserIndex, user, id string) error {
		return u.RemoveUserSession(ctx, user, id)
	}},
	{"UserSessions", false, func(ctx context.Context, u store.UserIndex, user, _ string) (failure error) {
		for id, err := range u.UserSessions(ctx, user) {
			if failure != nil || err != nil && id != "" {
				return errors.New("it goes on after an error, or has an id with it")
			}
			failure = err
		}
		return failure
	}},
	{"NotBefore", false, func(ctx context.Context, u store.UserIndex, user, _ string) error {
		_, err := u.NotBefore(ctx, user)
		return err
	}},
	{"SetNotBefore", false, func(ctx context.Context, u store.UserIndex, user, _ string) error {
		return u.SetNotBefore(ctx, user, in(0), time.Time{})
	}},
}

// likeUsers are names that an engine takes for one another, or for something
// else than a name, if it may.
var likeUsers = slices.Concat(lookalikes, []string{
	"a ", " a", " a ", "a  ", "a b", "a  b", " ", "a\u00a0", "a\u200b", "a\u00ad", "\ufeffa",
	"é", "e\u0301", "É", "e", "ß", "ss", "ẞ", "ı", "i", "I", "İ", "ﬁ", "fi", "\u00c5", "\u212b", "A\u030a", "\uff41",
	"\U0001f9f3", "\U0001f9f3\U0001f3fd", "\U0001f9f4", "?\U0001f9f3",
	"'; DROP TABLE sessions_users; --", `" OR "1"="1`, "a' OR 'a'='a", "a\u2028b", "(a,b)", "a:b", "a/b", "a\u241fb",
	"ada@example.com", "Ada@example.com", "ada@EXAMPLE.com", "ada+x@example.com",
	strings.Repeat("a", store.MaxUserLength),
	strings.Repeat("a", store.MaxUserLength-1),
	strings.Repeat("a", store.MaxUserLength-1) + "b",
	strings.Repeat("a", store.MaxUserLength-1) + " ",
	"b" + strings.Repeat("a", store.MaxUserLength-1),
	strings.Repeat("é", store.MaxUserLength/2),
	strings.Repeat("\U0001f9f3", store.MaxUserLength/4),
})

func usersAreApart(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	instant := func(i int) time.Time { return time.UnixMilli(int64(1_700_000_000_000 + i)) }
	for i, user := range likeUsers {
		create(t, s, nth("id", i), object(i))
		note(t, u, user, nth("id", i))
		if err := u.SetNotBefore(bounded(t), user, instant(i), time.Time{}); err != nil {
			t.Errorf("SetNotBefore of %.40q: %v", user, err)
		}
	}
	for i, user := range likeUsers {
		wantSessions(t, s, u, user, nth("id", i))
		wantNotBefore(t, u, user, instant(i))
	}
	// Change and take back one after the other: the rest stays.
	for i, user := range likeUsers {
		if err := u.SetNotBefore(bounded(t), user, instant(-i-1), instant(i)); err != nil {
			t.Errorf("SetNotBefore of %.40q: %v", user, err)
		}
	}
	for i, user := range likeUsers {
		wantSessions(t, s, u, user, nth("id", i))
		takeBack(t, u, user, nth("id", i))
		wantSessions(t, s, u, user)
		wantNotBefore(t, u, user, instant(-i-1))
	}
}

func userSessionIDsAreApart(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	for i, id := range lookalikes {
		create(t, s, id, object(i))
		note(t, u, "ada", id)
	}
	for i, id := range lookalikes {
		wantSessions(t, s, u, "ada", lookalikes[i:]...)
		takeBack(t, u, "ada", id)
	}
	wantSessions(t, s, u, "ada")
}

var invalidUsers = []string{
	"",
	strings.Repeat("a", store.MaxUserLength+1),
	strings.Repeat("é", store.MaxUserLength/2+1),
	strings.Repeat("a", 100_000),
	"\x00", "a\x00", "a\x00b", "\x1f", "a\tb", "a\n", "\r\na", "a\x7f", "a\u0080", "\u0085", "a\u009f",
	"\xff", "a\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
}

func invalidUsersAreRefused(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	create(t, s, "id", object(0))
	for _, user := range invalidUsers {
		for _, op := range userOperations {
			if err := op.call(bounded(t), u, user, "id"); !errors.Is(err, store.ErrInvalidUser) {
				t.Errorf("%s of %.10q: %v, want %v", op.name, user, err, store.ErrInvalidUser)
			}
		}
	}
	wantSessions(t, s, u, "a")
	wantNotBefore(t, u, "a", time.Time{})
}

func invalidUserSessionIDsAreRefused(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	create(t, s, "a", object(0))
	for _, id := range invalid {
		for _, op := range userOperations {
			if !op.takesID {
				continue
			}
			if err := op.call(bounded(t), u, "ada", id); !errors.Is(err, store.ErrInvalidID) {
				t.Errorf("%s of %.10q: %v, want %v", op.name, id, err, store.ErrInvalidID)
			}
		}
	}
	wantSessions(t, s, u, "ada")
}

// userErrorsAreDiscreet provokes every error that it can. Who has an account is
// as private as an id.
func userErrorsAreDiscreet(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	const user, id = "s3cr3t-us3r", "s3cr3t-1d"
	create(t, s, id, object(0))
	setNotBefore(t, u, user, in(0), time.Time{})
	inspect := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s has no error to inspect", what)
			return
		}
		for _, secret := range []string{"s3cr3t", "S3CR3T", fmt.Sprintf("%x", "s3cr3t")} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error of %s tells the user or the id: %v", what, err)
			}
		}
	}

	inspect("SetNotBefore on another base", u.SetNotBefore(bounded(t), user, in(0), in(time.Hour)))
	inspect("SetNotBefore on no base", u.SetNotBefore(bounded(t), user, in(0), time.Time{}))
	inspect("SetNotBefore to the zero Time", u.SetNotBefore(bounded(t), user, time.Time{}, in(0)))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, op := range userOperations {
		inspect(op.name+" with an ended context", op.call(ended, u, user, id))
		inspect(op.name+" of an invalid user", op.call(bounded(t), u, user+"\x00", id))
		inspect(op.name+" of a long user", op.call(bounded(t), u, strings.Repeat(user, 100), id))
		if op.takesID {
			inspect(op.name+" of an invalid id", op.call(bounded(t), u, user, id+" "))
			inspect(op.name+" of a long id", op.call(bounded(t), u, user, strings.Repeat(id, 100)))
		}
	}
}

func userContextEndedBefore(t *testing.T, s store.Store) {
	u := userIndex(t, s)
	create(t, s, "id", object(0))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), in(-time.Second))
	defer cancel()

	for i, ctx := range []context.Context{cancelled, late} {
		for j, op := range userOperations {
			user := nth(nth("user", i), j) // for the call may yet take effect
			began := time.Now()
			wantError(t, op.name, op.call(ctx, u, user, "id"), ctx.Err())
			if took := time.Since(began); took > soon {
				t.Errorf("%s takes %v to notice that its context has ended", op.name, took)
			}
			note(t, u, "ada", "id")
			wantSessions(t, s, u, "ada", "id")
		}
	}
}
