package mongostore_test

import (
	"crypto/rand"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// encrypted is Encrypt with a key of the test's own.
func encrypted(t testing.TB, s store.Store) store.Store {
	t.Helper()
	random := make([]byte, store.KeySize)
	rand.Read(random)
	k, err := store.NewKey(random)
	if err != nil {
		t.Fatal(err)
	}
	s, err = store.Encrypt(s, k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Ensure that the wrappers keep the contract in a database.
func TestWrappedContract(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(t *testing.T, s store.Store) store.Store{
		"HashIDs": func(_ *testing.T, s store.Store) store.Store { return store.HashIDs(s) },
		"Encrypt": func(t *testing.T, s store.Store) store.Store { return encrypted(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Store { return wrap(t, open(t, mongostore.Options{})) })
		})
	}
}
