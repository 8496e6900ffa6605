package authtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/store"
)

var idChecks = []check{
	{"IDsCanNameUsers", idsCanNameUsers},
	{"StrangeIDsAreNobodys", strangeIDsAreNobodys},
}

// idsCanNameUsers makes many accounts: their ids differ, whatever becomes of them.
func idsCanNameUsers(t *testing.T, accounts auth.Accounts) {
	seen := map[string]bool{}
	for i := range 100 {
		a := create(t, accounts, named(fmt.Sprint("name", i), i))
		if seen[a.ID] {
			t.Fatal("two accounts have one id")
		}
		seen[a.ID] = true
		if err := store.CheckUser(a.ID); err != nil {
			t.Fatalf("an id cannot name a user: %v", err)
		}
		if i%10 == 0 {
			if err := accounts.ReplaceHash(bounded(t), a.ID, a.Hash, hash(1000+i)); err != nil {
				t.Fatalf("ReplaceHash: %v", err)
			}
			a.Hash = hash(1000 + i)
			wantAccount(t, accounts, a)
		}
	}
}

// strangeIDsAreNobodys asks for what may stand in a session that another program
// has written, and for what is almost an id.
func strangeIDsAreNobodys(t *testing.T, accounts auth.Accounts) {
	ada := create(t, accounts, named("ada", 1))
	id := ada.ID
	for _, other := range slices.Concat(strange, []string{
		"", "ada", "\u00e9", id + " ", " " + id, id + "\x00", id + "\n", id + id, id + "0", "0" + id, id[:len(id)-1], id + "%", "%" + id[1:],
		strings.Repeat("_", len(id)), strings.Repeat("0", 24), strings.Repeat("f", 24), "'" + id + "'", `"` + id + `"`, "+" + id, id + ".0",
		`ObjectId("` + id + `")`, strings.ToUpper(id), strings.ToLower(id), strings.ReplaceAll(id, "a", "A"),
	}) {
		if other == id {
			continue
		}
		got, err := accounts.FindID(bounded(t), other)
		wantNobody(t, fmt.Sprintf("FindID of %+.40q", other), got, err)
		err = accounts.ReplaceHash(bounded(t), other, hash(1), hash(2))
		wantNobody(t, fmt.Sprintf("ReplaceHash of %+.40q", other), auth.Account{}, err)
	}
	wantAccount(t, accounts, ada)
}
