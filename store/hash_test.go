package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

func TestHashIDs(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return store.HashIDs(newMemory()) })
	testWrapper(t, store.HashIDs)
}

func TestHashIDsTwice(t *testing.T) {
	t.Parallel()
	testWrapper(t, func(s store.Store) store.Store { return store.HashIDs(store.HashIDs(s)) })
}

// Ensure that what is no id is refused: its hash would be one.
func TestHashIDsInvalid(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "an id", strings.Repeat("a", store.MaxIDLength+1)} {
		inner := newSpy()
		for name, err := range eachWithID(t, store.HashIDs(inner), id) {
			if !errors.Is(err, store.ErrInvalidID) || len(inner.seen[name]) != 0 {
				t.Errorf("%s: %v, want %v, and nothing passed on", name, err, store.ErrInvalidID)
			}
		}
	}
}

// Ensure that the hashes stay what they are, as they stand in databases.
func TestHashIDsKnownAnswers(t *testing.T) {
	t.Parallel()
	r := store.HashIDs(newMemory()).(store.Renamer)
	for id, want := range map[string]string{
		"a":                                    "fBw2kEg96KxXnb_qbjufuuks_flPKLTN167HQtbhSd0",
		"YWxsIHlvdXIgc2Vzc2lvbnMgYXJlIG91":     "wDRf5l2I7n0W1td1NP7sg5leJVNBIiBxMN6atXqhb2Q",
		strings.Repeat("~", store.MaxIDLength): "zaFXNbyuLgEREZSjHsdXosh8U6A0Wwzg7YoPK0aS-6Y",
	} {
		if got := r.StoredID(id); got != want {
			t.Errorf("%.40s: %s, want %s", id, got, want)
		}
	}
}

// CVE-2019-16782: a lookup by the id itself takes longer the more of it is right,
// and shows it to whoever can read the store.
func TestCVE_2019_16782(t *testing.T) {
	t.Parallel()
	const id = "5tJb1lB4bY2wZg0d3mSmyuGdQEhXkQ0a"
	key := keyOf(t, "a key")
	for name, wrap := range map[string]func(store.Store) store.Store{
		"HashIDs":            store.HashIDs,
		"HashIDs of Encrypt": func(s store.Store) store.Store { return store.HashIDs(encrypted(t, s, key)) },
		"Encrypt of HashIDs": func(s store.Store) store.Store { return encrypted(t, store.HashIDs(s), key) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := newSpy()
			s := wrap(inner)
			errs := eachWithID(t, s, id)
			want := s.(store.Renamer).StoredID(id)
			if want == id || len(want) != 43 {
				t.Errorf("the hash of the id is %q", want)
			}
			for method, err := range errs {
				if err != nil {
					t.Errorf("%s: %v", method, err)
				}
				if got := inner.seen[method]; len(got) != 1 || got[0] != want {
					t.Errorf("%s passes %q on, want the hash %q", method, got, want)
				}
			}
			for method, ids := range inner.seen {
				for _, got := range ids {
					if strings.Contains(got, id) {
						t.Errorf("%s passes the id on", method)
					}
				}
			}
			// A hash that has leaked is no id.
			if _, err := s.Create(t.Context(), id, "{}", hourFromNow()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get(t.Context(), want); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get with the hash for an id: %v, want %v", err, store.ErrNotFound)
			}
		})
	}
}
