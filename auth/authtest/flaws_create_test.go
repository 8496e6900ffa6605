package authtest_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sojourn-dev/sojourn/auth"
)

// altered plants a Create that changes the account before it stores it.
func altered(change func(*auth.Account)) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			change(&a)
			return p.Create(ctx, a)
		}
	}
}

// cut cuts after so many bytes, as columns that are too short do.
func cut(s string, n int) string { return s[:min(len(s), n)] }

var createFlaws = []flaw{
	{"create takes the id that it is given", []string{"CreateLooksAtNoID"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (id string, err error) {
			if a.ID == "" {
				return p.Create(ctx, a)
			}
			p.with(func() { p.byID[a.ID] = a })
			return a.ID, nil
		}
	}},
	{"create replaces what is there", []string{"CreateRefusesATakenKey", "LoginsWork"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (id string, err error) {
			p.with(func() {
				if before, err := p.first(func(b auth.Account) bool { return b.Key == a.Key }); err == nil {
					delete(p.byID, before.ID)
				}
				id = p.put(a)
			})
			return id, nil
		}
	}},
	{"create compares names", []string{"CreateRefusesATakenKey", "CreateRacesCreate", "LoginsWork"}, func(p *plain, f *flawed) {
		f.create = func(_ context.Context, a auth.Account) (id string, err error) {
			p.with(func() {
				if _, err = p.first(func(b auth.Account) bool { return b.Username == a.Username }); err == nil {
					err = auth.ErrNameTaken
					return
				}
				id, err = p.put(a), nil
			})
			return id, err
		}
	}},
	{"create looks, then puts", []string{"CreateRacesCreate"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (id string, err error) {
			if _, err := p.Find(ctx, a.Username, a.Key); err == nil {
				return "", auth.ErrNameTaken
			}
			giveWay()
			p.with(func() { id = p.put(a) })
			return id, nil
		}
	}},
	{"create has an error of its own for a name that is taken", []string{"CreateRefusesATakenKey", "CreateRacesCreate", "RegisterRacesRegister"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			id, err := p.Create(ctx, a)
			if errors.Is(err, auth.ErrNameTaken) {
				err = errors.New("UNIQUE constraint failed")
			}
			return id, err
		}
	}},
	{"create returns an id with an error", []string{"CreateRefusesATakenKey", "CreateRacesCreate"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			id, err := p.Create(ctx, a)
			if err != nil {
				id = "id-0"
			}
			return id, err
		}
	}},
	{"create fails when others create", []string{"CreatesAtOnce"}, func(p *plain, f *flawed) {
		busy := make(chan struct{}, 1)
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			select {
			case busy <- struct{}{}:
				defer func() { <-busy }()
				giveWay()
				return p.Create(ctx, a)
			default:
				return "", errors.New("database is locked")
			}
		}
	}},
	{"create works later", []string{"CreateKeepsTheAccount", "CreatesAtOnce"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			time.AfterFunc(20*time.Millisecond, func() { _, _ = p.Create(ctx, a) })
			return "id-100", nil
		}
	}},
	{"names are folded", []string{"CreateKeepsTheAccount", "NamesAreKept", "FindByAnySpelling"}, altered(func(a *auth.Account) { a.Username = a.Key })},
	{"names are composed", []string{"NamesAreKept", "LongNamesAreKept"}, altered(func(a *auth.Account) { a.Username = norm.NFC.String(a.Username) })},
	{"names are escaped", []string{"NamesAreKept"}, altered(func(a *auth.Account) { a.Username = strings.ReplaceAll(a.Username, "'", "''") })},
	{"names are cut at 64 bytes", []string{"LongNamesAreKept"}, altered(func(a *auth.Account) { a.Username = cut(a.Username, 64) })},
	{"keys are cut at 64 bytes", []string{"LongNamesAreKept"}, altered(func(a *auth.Account) { a.Key = cut(a.Key, 64) })},
	{"keys are kept without accents", []string{"KeysAreApart"}, altered(func(a *auth.Account) {
		a.Key, _, _ = strings.Cut(norm.NFD.String(a.Key), "\u0301")
	})},
	{"ids are given twice", []string{"IDsCanNameUsers", "CreatesAtOnce"}, func(p *plain, f *flawed) {
		f.create = func(_ context.Context, a auth.Account) (string, error) {
			p.with(func() { a.ID = "id-" + string(rune('0'+len(p.byID)%10)); p.byID[a.ID] = a })
			return a.ID, nil
		}
	}},
	{"ids are too long", []string{"IDsCanNameUsers"}, func(p *plain, f *flawed) {
		f.create = func(ctx context.Context, a auth.Account) (string, error) {
			a.ID = strings.Repeat("0", 256-len(a.Username)) + a.Username
			p.with(func() { p.byID[a.ID] = a })
			return a.ID, nil
		}
	}},
}
