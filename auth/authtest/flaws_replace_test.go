package authtest_test

import (
	"context"
	"strings"

	"github.com/sojourn-dev/sojourn/auth"
)

// replacing plants a ReplaceHash that looks for the account in its own way.
func replacing(same func(a auth.Account, id, old string) bool) func(*plain, *flawed) {
	return func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			return p.replace(ctx, replacement, func(a auth.Account) bool { return same(a, id, old) })
		}
	}
}

var replaceFlaws = []flaw{
	{"replace compares no hash", []string{
		"ReplaceHashReplacesTheHash", "ReplaceHashComparesTheHash", "ReplaceHashOfOneAccount", "ReplaceRacesReplace", "NoReplacementIsLost", "PasswordChangesRace",
	}, replacing(func(a auth.Account, id, _ string) bool { return a.ID == id })},
	{"replace compares no id", []string{"NobodyIsFound", "ReplaceHashOfOneAccount", "StrangeIDsAreNobodys"}, replacing(func(a auth.Account, _, old string) bool { return a.Hash == old })},
	{"replace compares hashes in any case", []string{"ReplaceHashComparesTheHash"}, replacing(func(a auth.Account, id, old string) bool {
		return a.ID == id && strings.EqualFold(a.Hash, old)
	})},
	{"replace compares hashes without space after them", []string{"ReplaceHashComparesTheHash"}, replacing(func(a auth.Account, id, old string) bool {
		return a.ID == id && a.Hash == strings.TrimRight(old, " ")
	})},
	{"replace takes hashes for patterns", []string{"ReplaceHashComparesTheHash"}, replacing(func(a auth.Account, id, old string) bool {
		return a.ID == id && (a.Hash == old || like(old, a.Hash))
	})},
	{"replace looks, then puts", []string{"ReplaceRacesReplace", "NoReplacementIsLost"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			a, err := p.FindID(ctx, id)
			if err != nil || a.Hash != old {
				return auth.ErrNoAccount
			}
			giveWay()
			a.Hash = replacement
			p.with(func() { p.byID[id] = a })
			return nil
		}
	}},
	{"replace by the same is no change", []string{"ReplaceHashByItself"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			if old == replacement {
				return auth.ErrNoAccount
			}
			return p.ReplaceHash(ctx, id, old, replacement)
		}
	}},
	{"replace puts the whole account", []string{"ReplaceHashReplacesTheHash", "NothingOldIsSeen"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			err := p.ReplaceHash(ctx, id, old, replacement)
			if err == nil {
				p.with(func() {
					a := p.byID[id]
					a.Username = strings.ToUpper(a.Key)
					p.byID[id] = a
				})
			}
			return err
		}
	}},
	{"replace does nothing", []string{"ReplaceHashReplacesTheHash", "ReplaceHashIsInterrupted", "LoginsWork"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, _ string) error { return p.ReplaceHash(ctx, id, old, old) }
	}},
	{"replace of nobody's is no error", []string{"NobodyIsFound", "StrangeIDsAreNobodys", "ReplaceHashComparesTheHash"}, func(p *plain, f *flawed) {
		f.replace = func(ctx context.Context, id, old, replacement string) error {
			_ = p.ReplaceHash(ctx, id, old, replacement)
			return ctx.Err()
		}
	}},
}
