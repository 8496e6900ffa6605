package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// userMethods are the methods of an index of users.
type userMethods struct {
	add          func(ctx context.Context, user, id string, expires time.Time) error
	remove       func(ctx context.Context, user, id string) error
	sessions     func(ctx context.Context, user string) iter.Seq2[string, error]
	notBefore    func(ctx context.Context, user string) (time.Time, error)
	setNotBefore func(ctx context.Context, user string, notBefore, base time.Time) error
}

func (p *plain) userMethods() userMethods {
	return userMethods{p.AddUserSession, p.RemoveUserSession, p.UserSessions, p.NotBefore, p.SetNotBefore}
}

func (f *flawed) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	return f.users.add(ctx, user, id, expires)
}

func (f *flawed) RemoveUserSession(ctx context.Context, user, id string) error {
	return f.users.remove(ctx, user, id)
}

func (f *flawed) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return f.users.sessions(ctx, user)
}

func (f *flawed) NotBefore(ctx context.Context, user string) (time.Time, error) {
	return f.users.notBefore(ctx, user)
}

func (f *flawed) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	return f.users.setNotBefore(ctx, user, notBefore, base)
}

var userFlaws = []flaw{
	{"nothing is noted", []string{"UserSessionsAreYielded"}, func(_ *plain, f *flawed) {
		f.users.add = func(context.Context, string, string, time.Time) error { return nil }
	}},
	{"a session is the latest user's only", []string{"UserSessionsAreYielded", "UserSessionsAreTakenBack"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			p.with(func() {
				for other := range p.noted {
					if other != user {
						delete(p.noted[other], id)
					}
				}
			})
			return p.AddUserSession(ctx, user, id, expires)
		}
	}},
	{"the sessions of all users are yielded", []string{"UserSessionsAreYielded", "UsersAreApart"}, func(p *plain, f *flawed) {
		f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
			all := map[string]bool{}
			p.with(func() {
				for _, noted := range p.noted {
					for id := range noted {
						all[id] = true
					}
				}
			})
			return yieldAll(ctx, slices.Collect(maps.Keys(all)))
		}
	}},
	{"the sessions of a user are a list", []string{"UserSessionsAreYieldedOnce"}, func(p *plain, f *flawed) {
		var ids []string
		f.users.add = func(_ context.Context, _, id string, _ time.Time) error {
			ids = append(ids, id)
			return nil
		}
		f.users.sessions = func(ctx context.Context, _ string) iter.Seq2[string, error] { return yieldAll(ctx, ids) }
	}},
	{"user sessions end after a thousand", []string{"UserSessionsAreMany", "UserSessionsStopWhenTold"}, func(p *plain, f *flawed) {
		f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				n := 0
				for id, err := range p.UserSessions(ctx, user) {
					if n++; n > 1000 || !yield(id, err) {
						return
					}
				}
			}
		}
	}},
	{"the past is noted", []string{"UserSessionsInThePast", "UserSessionsExpireInTime"}, func(p *plain, f *flawed) {
		f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
			var ids []string
			p.with(func() { ids = slices.Collect(maps.Keys(p.noted[user])) })
			return yieldAll(ctx, ids)
		}
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			p.with(func() { p.note(user, id, expires) })
			return nil
		}
	}},
	{"the latest call counts", []string{"UserSessionsInThePast", "UserSessionsExpireInTime"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			p.with(func() { p.note(user, id, expires) })
			return nil
		}
	}},
	{"the first call counts", []string{"UserSessionsExpireInTime"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) (err error) {
			p.with(func() {
				if _, ok := p.noted[user][id]; !ok {
					p.note(user, id, expires)
				}
			})
			return nil
		}
	}},
	{"noting looks, then puts", []string{"UserSessionsExpireInTime"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			var found time.Time
			p.with(func() { found = p.noted[user][id] })
			giveWay()
			if expires.After(found) {
				p.with(func() { p.note(user, id, expires) })
			}
			return nil
		}
	}},
	{"taking back does nothing", []string{"UserSessionsAreTakenBack", "UserSessionIDsAreApart"}, func(p *plain, f *flawed) {
		f.users.remove = func(context.Context, string, string) error { return nil }
	}},
	{"taking back nothing is an error", []string{"UserSessionsAreTakenBack"}, func(p *plain, f *flawed) {
		f.users.remove = func(ctx context.Context, user, id string) (err error) {
			p.with(func() {
				if _, ok := p.noted[user][id]; !ok {
					err = store.ErrNotFound
				}
			})
			return errors.Join(err, p.RemoveUserSession(ctx, user, id))
		}
	}},
	{"what was taken back cannot be noted again", []string{"UserSessionsAreTakenBack"}, func(p *plain, f *flawed) {
		f.users.remove = func(ctx context.Context, user, id string) error {
			p.with(func() { p.note(user, id, time.Time{}) })
			return ctx.Err()
		}
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			tombstone := false
			p.with(func() {
				found, ok := p.noted[user][id]
				tombstone = ok && found.IsZero()
			})
			if tombstone {
				return nil
			}
			return p.AddUserSession(ctx, user, id, expires)
		}
	}},
	{"noting needs a record", []string{"UserSessionsNeedNoRecord"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			if _, err := p.Get(ctx, id); err != nil {
				return err
			}
			return p.AddUserSession(ctx, user, id, expires)
		}
	}},
	{"noting touches the record", []string{"UserSessionsLeaveTheRecord"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			return errors.Join(p.Touch(ctx, id, expires), p.AddUserSession(ctx, user, id, expires))
		}
	}},
	{"taking back removes the record", []string{"UserSessionsLeaveTheRecord"}, func(p *plain, f *flawed) {
		f.users.remove = func(ctx context.Context, user, id string) error {
			return errors.Join(p.Delete(ctx, id, ""), p.RemoveUserSession(ctx, user, id))
		}
	}},
	{"user sessions lock the store", []string{"UserSessionsHoldNobodyUp", "UserSessionsUnderChange"}, func(p *plain, f *flawed) {
		plantUserLock(p, f, func(locked *atomic.Bool) { locked.Store(false) })
	}},
	{"user sessions lock the store and a break leaves it locked", []string{"UserSessionsStopWhenTold"}, func(p *plain, f *flawed) {
		plantUserLock(p, f, func(*atomic.Bool) {})
	}},
	{"user sessions ignore their context", []string{"UserSessionsStopWithTheirContext", "UserContextEndedBefore"}, func(p *plain, f *flawed) {
		f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
			return p.UserSessions(context.WithoutCancel(ctx), user)
		}
	}},
	{"user sessions go on after an error", []string{"UserSessionsStopWithTheirContext"}, func(p *plain, f *flawed) {
		f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				for id := range p.UserSessions(context.WithoutCancel(ctx), user) {
					if err := ctx.Err(); err != nil {
						yield("", err)
					}
					if !yield(id, nil) {
						return
					}
				}
			}
		}
	}},
	// Removals move what follows to a page that has been read.
	{"user sessions page by offset", []string{"UserSessionsUnderChange"}, func(p *plain, f *flawed) {
		const page = 50
		f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				for offset := 0; ; offset += page {
					var ids []string
					p.with(func() { ids = slices.Sorted(maps.Keys(p.noted[user])) })
					if offset >= len(ids) {
						return
					}
					for _, id := range ids[offset:min(offset+page, len(ids))] {
						if !yield(id, ctx.Err()) {
							return
						}
					}
				}
			}
		}
	}},
	{"noting copies the sessions of a user", []string{"UserSessionsRace"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			var noted map[string]time.Time
			p.with(func() { noted = maps.Clone(p.noted[user]) })
			if noted == nil {
				noted = map[string]time.Time{}
			}
			noted[id] = expires
			giveWay()
			p.with(func() { p.noted[user] = noted })
			return nil
		}
	}},
	{"clear leaves what was noted", []string{"UserSessionsAreCleared"}, func(p *plain, f *flawed) {
		f.clear = func(ctx context.Context) error {
			p.with(func() { clear(p.records) })
			return ctx.Err()
		}
	}},
	{"users are folded", []string{"UsersAreApart"}, userFlaw(strings.ToLower)},
	{"users are trimmed at their end", []string{"UsersAreApart"}, userFlaw(func(user string) string {
		return strings.TrimRight(user, " ")
	})},
	{"users are normalised", []string{"UsersAreApart"}, userFlaw(strings.NewReplacer("e\u0301", "é").Replace)},
	{"users are cut", []string{"UsersAreApart"}, userFlaw(func(user string) string {
		return user[:min(len(user), store.MaxUserLength-1)]
	})},
	{"ids of user sessions are folded", []string{"UserSessionIDsAreApart"}, func(p *plain, f *flawed) {
		f.users.remove = func(ctx context.Context, user, id string) error {
			p.with(func() {
				maps.DeleteFunc(p.noted[user], func(noted string, _ time.Time) bool { return strings.EqualFold(noted, id) })
			})
			return ctx.Err()
		}
	}},
	{"any user will do", []string{"InvalidUsersAreRefused"}, userFlaw(func(user string) string {
		if store.CheckUser(user) != nil {
			return "somebody"
		}
		return user
	})},
	{"any id of a user's session will do", []string{"InvalidUserSessionIDsAreRefused"}, func(p *plain, f *flawed) {
		f.users.remove = func(ctx context.Context, user, id string) error {
			if store.CheckID(id) != nil {
				return nil
			}
			return p.RemoveUserSession(ctx, user, id)
		}
	}},
	{"errors tell the user", []string{"UserErrorsAreDiscreet"}, func(p *plain, f *flawed) {
		f.users.setNotBefore = func(ctx context.Context, user string, notBefore, base time.Time) error {
			err := p.SetNotBefore(ctx, user, notBefore, base)
			if errors.Is(err, store.ErrConflict) {
				err = fmt.Errorf("%w: %q", err, user)
			}
			return err
		}
	}},
	{"errors tell the id of a user's session", []string{"UserErrorsAreDiscreet"}, func(p *plain, f *flawed) {
		f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
			err := p.AddUserSession(ctx, user, id, expires)
			if err != nil {
				err = fmt.Errorf("%w: %q", err, id)
			}
			return err
		}
	}},
	{"a user's ended context is ignored", []string{"UserContextEndedBefore"}, func(p *plain, f *flawed) {
		f.users.notBefore = func(ctx context.Context, user string) (time.Time, error) {
			return p.NotBefore(context.WithoutCancel(ctx), user)
		}
	}},
}

// userFlaw takes users for one another.
func userFlaw(change func(user string) string) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.users = userMethods{
			add: func(ctx context.Context, user, id string, expires time.Time) error {
				return p.AddUserSession(ctx, change(user), id, expires)
			},
			remove: func(ctx context.Context, user, id string) error {
				return p.RemoveUserSession(ctx, change(user), id)
			},
			sessions: func(ctx context.Context, user string) iter.Seq2[string, error] {
				return p.UserSessions(ctx, change(user))
			},
			notBefore: func(ctx context.Context, user string) (time.Time, error) {
				return p.NotBefore(ctx, change(user))
			},
			setNotBefore: func(ctx context.Context, user string, notBefore, base time.Time) error {
				return p.SetNotBefore(ctx, change(user), notBefore, base)
			},
		}
	}
}

// yieldAll yields ids as they are.
func yieldAll(ctx context.Context, ids []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield("", err)
		}
	}
}

// plantUserLock makes UserSessions lock the store for writers while it runs, and
// calls stopped when the loop is broken off.
func plantUserLock(p *plain, f *flawed, stopped func(locked *atomic.Bool)) {
	var locked atomic.Bool
	f.users.sessions = func(ctx context.Context, user string) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			locked.Store(true)
			for id, err := range p.UserSessions(ctx, user) {
				if !yield(id, err) {
					stopped(&locked)
					return
				}
			}
			locked.Store(false)
		}
	}
	refused := errors.New("the database is locked")
	f.users.add = func(ctx context.Context, user, id string, expires time.Time) error {
		if locked.Load() {
			return refused
		}
		return p.AddUserSession(ctx, user, id, expires)
	}
	f.users.remove = func(ctx context.Context, user, id string) error {
		if locked.Load() {
			return refused
		}
		return p.RemoveUserSession(ctx, user, id)
	}
}
