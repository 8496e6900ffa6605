// Package storetest is the contract of package store as a test suite. It is for
// the author of a store:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store {
//			s, err := mystore.Open(t.TempDir())
//			if err != nil {
//				t.Fatal(err)
//			}
//			t.Cleanup(func() { s.Close() })
//			return s
//		})
//	}
//
// # What it proves
//
// That a store which passes keeps the rules that sessions rely on:
//
//   - a save applies to the version it was based on or not at all, so that of
//     writers that race exactly one wins and no update is lost;
//   - nothing but Create creates, and what has been deleted or has expired
//     stays away, whatever slow saves and touches come after it;
//   - an operation that fails changes nothing, and says why with the error that
//     the contract names, without id or data in its text;
//   - a touch moves the expiry forward only, and changes neither data nor version;
//   - data come back byte for byte, and ids that look alike, or like patterns,
//     paths or statements, are strictly apart;
//   - an ended context is an error soon, and harms nothing;
//   - listing, counting and clearing, where the store has them, see what is there;
//   - an index of users, where the store has one, keeps users apart and what is
//     noted of them until its time, and of instants that race one is set;
//   - a store that keeps records under other ids than those it is given keeps
//     none under those, and opens none for those of its own;
//   - no goroutine is left when the store is closed;
//   - and that sessions of package session, kept in the store, lose no write and
//     no increment, stay ended when they were destroyed or renewed whatever
//     requests are still under way, and survive what comes in the middle of a
//     renewal.
//
// Races are made with barriers and not with sleeps. Only the checks named
// ExpiresInTime and UserSessionsExpireInTime wait for real time to pass, for a
// few seconds.
//
// # What it asks
//
// It stores small JSON objects, one of a megabyte, and some whose whitespace,
// escapes and order of members are unusual but valid, as it is JSON that
// sessions are made of. Expiry may be kept to the second. The clocks of the
// engine and of the test must agree to within a second.
package storetest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// Run runs the suite as parallel sub-tests of t. Each opens a store of its own
// with newStore, which must return an empty one and should release it with
// [testing.T.Cleanup]. What a store does not offer, of the optional interfaces
// of package store, is skipped, be it that the type lacks the method or that the
// method answers [errors.ErrUnsupported].
func Run(t *testing.T, newStore func(t *testing.T) store.Store) {
	t.Helper()
	RunWith(t, Options{}, newStore)
}

// Options are the settings of [RunWith]. The zero value is what [Run] uses.
type Options struct {
	// Records is how many records the checks of listings store. 0 means 2500,
	// which is more than an engine is likely to fetch at once. Fewer are for an
	// engine on which so many take longer than the two minutes that a check has;
	// there must still be several times as many as the store reads at once, or
	// the checks are about a single page.
	Records int
}

// defaultRecords is Options.Records where that is 0.
const defaultRecords = 2500

// RunWith is [Run] with settings.
func RunWith(t *testing.T, o Options, newStore func(t *testing.T) store.Store) {
	t.Helper()
	o.Records = cmp.Or(o.Records, defaultRecords)
	for _, c := range all() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newStore(t))
		})
	}
	for _, c := range slices.Concat(longListChecks, longUserChecks) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newStore(t), o.Records)
		})
	}
	for _, c := range sessionChecks {
		t.Run("Sessions/"+c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newStore(t))
		})
	}
	t.Run(leavesNoGoroutines, func(t *testing.T) {
		t.Parallel()
		checkGoroutines(t, newStore)
	})
}

// check is one sub-test: a rule, and the attempt to find the store breaking it.
type check struct {
	name string
	run  func(*testing.T, store.Store)
}

// listingCheck is a check with many records.
type listingCheck struct {
	name string
	run  func(t *testing.T, s store.Store, records int)
}

func all() []check {
	return slices.Concat(
		operationChecks,
		versionChecks,
		expiryChecks,
		raceChecks,
		contextChecks,
		dataChecks,
		idChecks,
		listChecks,
		userChecks,
		instantChecks,
		renamedChecks,
	)
}
