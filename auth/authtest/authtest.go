// Package authtest is the contract of [auth.Accounts] as a test suite. It is for
// the author of an implementation:
//
//	func TestAccounts(t *testing.T) {
//		authtest.Run(t, func(t *testing.T) auth.Accounts {
//			accounts, err := myaccounts.New(t.Context(), emptyDatabase(t))
//			if err != nil {
//				t.Fatal(err)
//			}
//			return accounts
//		})
//	}
//
// # What it proves
//
// That accounts which pass keep what logins rely on:
//
//   - of accounts with one key that are made at the same time one is made, and
//     one that is there is never replaced;
//   - an account comes back as it was given, byte for byte, by its name, by any
//     other spelling of it, and by its id;
//   - names and ids that look alike, or like patterns, statements or operators,
//     are strictly apart, and what can be neither is nobody's and no error;
//   - ids differ, and can name users in a session store;
//   - a hash is replaced if it is the one that was compared, or not at all, so
//     that of changes of a password that race one wins, and everybody sees it;
//   - an operation that fails changes nothing, says why with the error that the
//     contract names, and has no hash in its text;
//   - an ended context is an error soon, and harms nothing;
//   - and that an [auth.Authenticator] on them registers, logs in, and changes
//     passwords as it should.
//
// Races are made with barriers and not with sleeps.
//
// # What it asks
//
// It stores accounts as package auth makes them: names of up to 64 characters, keys
// of up to 255, hashes of bcrypt. Of outages it knows nothing but contexts that
// end: whoever has an engine that can be away tests that besides.
package authtest

import (
	"slices"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
)

// Run runs the suite as parallel sub-tests of t. Each opens accounts of its own
// with newAccounts, which must return empty ones, and should release them with
// [testing.T.Cleanup].
func Run(t *testing.T, newAccounts func(t *testing.T) auth.Accounts) {
	t.Helper()
	for _, c := range all() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newAccounts(t))
		})
	}
}

// check is one sub-test: a promise, and the attempt to find it broken.
type check struct {
	name string
	run  func(*testing.T, auth.Accounts)
}

func all() []check {
	return slices.Concat(accountChecks, nameChecks, idChecks, hashChecks, raceChecks, contextChecks, loginChecks)
}
