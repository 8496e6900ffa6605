package authtest_test

import (
	"context"
	"errors"
	"path"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/auth"
)

// finding plants a Find that compares in its own way.
func finding(same func(a auth.Account, username, key string) bool) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.find = func(ctx context.Context, username, key string) (auth.Account, error) {
			return p.find(ctx, func(a auth.Account) bool { return same(a, username, key) })
		}
	}
}

// findingID plants a FindID that compares in its own way.
func findingID(same func(stored, id string) bool) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.findID = func(ctx context.Context, id string) (auth.Account, error) {
			return p.find(ctx, func(a auth.Account) bool { return same(a.ID, id) })
		}
	}
}

// like is LIKE.
func like(pattern, s string) bool {
	ok, err := path.Match(strings.NewReplacer("%", "*", "_", "?", "/", "").Replace(pattern), strings.ReplaceAll(s, "/", ""))
	return err == nil && ok
}

var errEngine = errors.New("invalid byte sequence for encoding")

var findFlaws = []flaw{
	{"find compares names", []string{"FindByAnySpelling", "LoginsWork"}, finding(func(a auth.Account, username, _ string) bool { return a.Username == username })},
	{"find takes keys for patterns", []string{"KeysAreApart", "StrangeNamesAreNobodys"}, finding(func(a auth.Account, _, key string) bool { return a.Key == key || like(key, a.Key) })},
	{"find stops at a zero byte", []string{"StrangeNamesAreNobodys"}, finding(func(a auth.Account, _, key string) bool {
		key, _, _ = strings.Cut(key, "\x00")
		return a.Key == key
	})},
	{"find fails for what is no text", []string{"StrangeNamesAreNobodys", "LoginsWork"}, func(p *plain, f *flawed) {
		f.find = func(ctx context.Context, username, key string) (auth.Account, error) {
			if strings.ContainsRune(key, 0) || !utf8.ValidString(username) {
				return auth.Account{}, errEngine
			}
			return p.Find(ctx, username, key)
		}
	}},
	{"nobody is no error", []string{"NobodyIsFound", "StrangeNamesAreNobodys", "KeysAreApart"}, func(p *plain, f *flawed) {
		f.find = func(ctx context.Context, username, key string) (auth.Account, error) {
			a, err := p.Find(ctx, username, key)
			if errors.Is(err, auth.ErrNoAccount) {
				err = nil
			}
			return a, err
		}
	}},
	{"nobody has an account", []string{"NobodyIsFound"}, func(p *plain, f *flawed) {
		f.find = func(ctx context.Context, username, key string) (auth.Account, error) {
			a, err := p.Find(ctx, username, key)
			if err != nil {
				a.Username = username
			}
			return a, err
		}
	}},
	{"find answers from before", []string{"NothingOldIsSeen", "ReplaceHashReplacesTheHash", "LoginsWork"}, func(p *plain, f *flawed) {
		var seen sync.Map
		f.find = func(ctx context.Context, username, key string) (auth.Account, error) {
			if a, ok := seen.Load(key); ok {
				return a.(auth.Account), nil
			}
			a, err := p.Find(ctx, username, key)
			if err == nil {
				seen.Store(key, a)
			}
			return a, err
		}
	}},
	{"find by id answers from before", []string{"NothingOldIsSeen", "ReplaceHashReplacesTheHash"}, func(p *plain, f *flawed) {
		var seen sync.Map
		f.findID = func(ctx context.Context, id string) (auth.Account, error) {
			a, err := p.FindID(ctx, id)
			if before, ok := seen.Swap(id, a); ok {
				a = before.(auth.Account)
			}
			return a, err
		}
	}},
	{"find by id takes keys", []string{"NobodyIsFound", "StrangeIDsAreNobodys"}, func(p *plain, f *flawed) {
		f.findID = func(ctx context.Context, id string) (auth.Account, error) {
			return p.find(ctx, func(a auth.Account) bool { return a.ID == id || a.Key == id })
		}
	}},
	{"ids are compared in any case", []string{"StrangeIDsAreNobodys"}, findingID(strings.EqualFold)},
	{"ids are compared without space after them", []string{"StrangeIDsAreNobodys"}, findingID(func(stored, id string) bool { return stored == strings.TrimRight(id, " ") })},
	{"ids are patterns", []string{"StrangeIDsAreNobodys"}, findingID(func(stored, id string) bool { return like(id, stored) })},
	{"an id that cannot be one is another error", []string{"NobodyIsFound", "StrangeIDsAreNobodys"}, func(p *plain, f *flawed) {
		f.findID = func(ctx context.Context, id string) (auth.Account, error) {
			if !strings.HasPrefix(id, "id-") {
				return auth.Account{}, errors.New("not an id")
			}
			return p.FindID(ctx, id)
		}
	}},
}
