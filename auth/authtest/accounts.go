package authtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
)

var accountChecks = []check{
	{"CreateKeepsTheAccount", createKeepsTheAccount},
	{"CreateLooksAtNoID", createLooksAtNoID},
	{"CreateRefusesATakenKey", createRefusesATakenKey},
	{"FindByAnySpelling", findByAnySpelling},
	{"NobodyIsFound", nobodyIsFound},
	{"ErrorsAreDiscreet", errorsAreDiscreet},
}

func createKeepsTheAccount(t *testing.T, accounts auth.Accounts) {
	ada := create(t, accounts, named("Ada", 1))
	wantAccount(t, accounts, ada)
	bob := create(t, accounts, named("bob", 2))
	wantAccount(t, accounts, ada)
	wantAccount(t, accounts, bob)
}

func createLooksAtNoID(t *testing.T, accounts auth.Accounts) {
	for i, id := range []string{"chosen", "chosen", create(t, accounts, named("first", 9)).ID} {
		a := named(fmt.Sprint("name", i), i)
		a.ID = id
		created := create(t, accounts, a)
		if created.ID == id {
			t.Error("an account has the id that it came with")
		}
		wantAccount(t, accounts, created)
	}
	got, err := accounts.FindID(bounded(t), "chosen")
	wantNobody(t, "FindID", got, err)
}

func createRefusesATakenKey(t *testing.T, accounts auth.Accounts) {
	ada := create(t, accounts, named("Ada", 1))
	for i, name := range []string{"Ada", "ada", "ADA", "ａｄａ"} {
		id, err := accounts.Create(bounded(t), named(name, 2+i))
		if !errors.Is(err, auth.ErrNameTaken) {
			t.Errorf("Create of %s beside Ada: %v, want %v", name, err, auth.ErrNameTaken)
		}
		if id != "" {
			t.Errorf("Create of %s beside Ada returns an id", name)
		}
	}
	wantAccount(t, accounts, ada)
}

func findByAnySpelling(t *testing.T, accounts auth.Accounts) {
	for i, spellings := range [][]string{
		{"Ada", "ada", "ADA", " ada ", "ａｄａ", "a\u00adda"},
		{"STRAẞE", "strasse", "straße"},
		{"e\u0301ve", "éve", "ÉVE"},
	} {
		a := create(t, accounts, named(spellings[0], i))
		for _, name := range spellings {
			if got, err := accounts.Find(bounded(t), name, auth.Fold(name)); err != nil || got != a {
				t.Errorf("Find of %+q: %+v, %v; want %+v", name, got, err, a)
			}
		}
	}
}

func nobodyIsFound(t *testing.T, accounts auth.Accounts) {
	look := func() {
		got, err := accounts.Find(bounded(t), "Eve", "eve")
		wantNobody(t, "Find", got, err)
		got, err = accounts.Find(bounded(t), "", "")
		wantNobody(t, "Find of nothing", got, err)
		for _, id := range []string{"", "eve", "Ada", "ada"} {
			got, err = accounts.FindID(bounded(t), id)
			wantNobody(t, "FindID", got, err)
			err = accounts.ReplaceHash(bounded(t), id, hash(1), hash(2))
			wantNobody(t, "ReplaceHash", auth.Account{}, err)
		}
	}
	look()
	ada := create(t, accounts, named("Ada", 1))
	look()
	wantAccount(t, accounts, ada)
}

// errorsAreDiscreet provokes every error that it can.
func errorsAreDiscreet(t *testing.T, accounts auth.Accounts) {
	inspect := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s has no error to inspect", what)
			return
		}
		for n := range 4 {
			if strings.Contains(err.Error(), hash(n)[7:]) {
				t.Errorf("the error of %s tells a hash", what)
			}
		}
	}
	ada := create(t, accounts, named("Ada", 1))
	_, err := accounts.Create(bounded(t), named("ADA", 2))
	inspect("Create of a name that is taken", err)
	inspect("ReplaceHash of another hash", accounts.ReplaceHash(bounded(t), ada.ID, hash(3), hash(2)))
	inspect("ReplaceHash of nobody's", accounts.ReplaceHash(bounded(t), "nobody", hash(1), hash(2)))
	for _, op := range operations(accounts, ada, "Eve") {
		inspect(op.name+" with a context that has ended", op.call(ended(t)))
	}
}
