package authtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
)

var hashChecks = []check{
	{"ReplaceHashReplacesTheHash", replaceHashReplacesTheHash},
	{"ReplaceHashByItself", replaceHashByItself},
	{"ReplaceHashComparesTheHash", replaceHashComparesTheHash},
	{"ReplaceHashOfOneAccount", replaceHashOfOneAccount},
}

func replaceHashReplacesTheHash(t *testing.T, accounts auth.Accounts) {
	ada, bob := create(t, accounts, named("Ada", 0)), create(t, accounts, named("bob", 100))
	for n := range 5 {
		if err := accounts.ReplaceHash(bounded(t), ada.ID, hash(n), hash(n+1)); err != nil {
			t.Fatalf("ReplaceHash: %v", err)
		}
		ada.Hash = hash(n + 1)
		wantAccount(t, accounts, ada)
		err := accounts.ReplaceHash(bounded(t), ada.ID, hash(n), hash(n+2))
		wantNobody(t, "ReplaceHash once more", auth.Account{}, err)
		wantAccount(t, accounts, ada)
	}
	wantAccount(t, accounts, bob)
	// Versions and costs that other programs write.
	for _, replacement := range []string{"$2a$10$" + hash(1)[7:], "$2y$12$" + hash(1)[7:], hash(1)} {
		if err := accounts.ReplaceHash(bounded(t), ada.ID, ada.Hash, replacement); err != nil {
			t.Fatalf("ReplaceHash: %v", err)
		}
		ada.Hash = replacement
		wantAccount(t, accounts, ada)
	}
}

// replaceHashByItself replaces by what is there: some engines count that as no
// change at all.
func replaceHashByItself(t *testing.T, accounts auth.Accounts) {
	ada := create(t, accounts, named("Ada", 1))
	if err := accounts.ReplaceHash(bounded(t), ada.ID, hash(1), hash(1)); err != nil {
		t.Errorf("ReplaceHash by the same: %v", err)
	}
	wantAccount(t, accounts, ada)
	err := accounts.ReplaceHash(bounded(t), ada.ID, hash(2), hash(2))
	wantNobody(t, "ReplaceHash of another by itself", auth.Account{}, err)
}

func replaceHashComparesTheHash(t *testing.T, accounts auth.Accounts) {
	a := named("Ada", 0)
	a.Hash = "$2b$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ./012"
	ada := create(t, accounts, a)
	for _, old := range []string{
		"", " ", a.Hash + " ", " " + a.Hash, a.Hash + "\x00", a.Hash[:len(a.Hash)-1], a.Hash + "2", a.Hash[1:], a.Hash[:7],
		strings.ToUpper(a.Hash), strings.ToLower(a.Hash), "%", "$2b$%", strings.Repeat("_", len(a.Hash)), ".*", "\xff", "null", `{"$ne":""}`,
		"$2b$05$" + a.Hash[7:], hash(1), strings.Repeat("a", 100_000),
	} {
		err := accounts.ReplaceHash(bounded(t), ada.ID, old, hash(2))
		wantNobody(t, fmt.Sprintf("ReplaceHash of %+.40q", old), auth.Account{}, err)
	}
	wantAccount(t, accounts, ada)
}

// replaceHashOfOneAccount has two accounts of the same hash, which bcrypt's salt
// rules out.
func replaceHashOfOneAccount(t *testing.T, accounts auth.Accounts) {
	ada, bob, eve := create(t, accounts, named("Ada", 1)), create(t, accounts, named("Bob", 1)), create(t, accounts, named("Eve", 2))
	err := accounts.ReplaceHash(bounded(t), eve.ID, hash(1), hash(3))
	wantNobody(t, "ReplaceHash of another's hash", auth.Account{}, err)
	if err := accounts.ReplaceHash(bounded(t), ada.ID, hash(1), hash(3)); err != nil {
		t.Fatalf("ReplaceHash: %v", err)
	}
	ada.Hash = hash(3)
	for _, a := range []auth.Account{ada, bob, eve} {
		wantAccount(t, accounts, a)
	}
}
