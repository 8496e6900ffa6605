package mongostore_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
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

// Ensure that the wrappers keep the contract in a database, together.
func TestWrappedContract(t *testing.T) {
	t.Parallel()
	storetest.RunWith(t, storetest.Options{Records: records}, func(t *testing.T) store.Store {
		return store.HashIDs(encrypted(t, open(t, mongostore.Options{})))
	})
}

// Ensure that the collections of a store with both wrappers hold neither ids nor
// anything of a session.
func TestWrappedDump(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrap func(store.Store) store.Store
		told bool
	}{
		"unwrapped":          {func(s store.Store) store.Store { return s }, true},
		"HashIDs of Encrypt": {func(s store.Store) store.Store { return store.HashIDs(encrypted(t, s)) }, false},
		"Encrypt of HashIDs": {func(s store.Store) store.Store { return encrypted(t, store.HashIDs(s)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mongotest.Start(t)
			wrapped := c.wrap(openAt(t, server.URL(), mongostore.Options{}))
			if _, err := wrapped.Create(t.Context(), "secretid", `{"e-mail":"ada@example.com"}`, hourFromNow()); err != nil {
				t.Fatal(err)
			}
			if err := wrapped.(store.UserIndex).AddUserSession(t.Context(), "ada", "secretid", hourFromNow()); err != nil {
				t.Fatal(err)
			}
			dump := dumped(t, server)
			for _, secret := range []string{"secretid", "e-mail", "ada@example.com"} {
				if strings.Contains(dump, secret) != c.told {
					t.Errorf("that the collections tell %q is %t, want %t", secret, !c.told, c.told)
				}
			}
		})
	}
}

// dumped returns all documents of a server's database.
func dumped(t *testing.T, server *mongotest.Server) string {
	t.Helper()
	db := server.Client(t).Database(server.Database())
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	for _, name := range names {
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		for cursor.Next(t.Context()) {
			dump.WriteString(cursor.Current.String())
		}
		if err := errors.Join(cursor.Err(), cursor.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	return dump.String()
}
