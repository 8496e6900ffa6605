package storetest

import (
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// renamedChecks are about stores that keep records under other ids than those
// they are given.
var renamedChecks = []check{
	{"StoredIDsStandForIDs", storedIDsStandForIDs},
	{"StoredTakesStoredIDs", storedTakesStoredIDs},
	{"StoredTakesWhatAllYields", storedTakesWhatAllYields},
	{"IDsAreNotStored", idsAreNotStored},
	{"StoredIDsAreNoIDs", storedIDsAreNoIDs},
}

func renamer(t *testing.T, s store.Store) store.Renamer {
	t.Helper()
	r, ok := s.(store.Renamer)
	if !ok {
		t.Skip("the store is no Renamer")
	}
	return r
}

// renaming is renamer for what is only true if stored ids differ from ids: a
// wrapper may be a Renamer because the store inside might be.
func renaming(t *testing.T, s store.Store) store.Renamer {
	t.Helper()
	r := renamer(t, s)
	if r.StoredID("id") == "id" {
		t.Skip("the store keeps ids as they are")
	}
	return r
}

func storedIDsStandForIDs(t *testing.T, s store.Store) {
	r := renamer(t, s)
	seen := map[string]string{}
	for _, id := range lookalikes {
		stored := r.StoredID(id)
		if err := store.CheckID(stored); err != nil {
			t.Errorf("the stored id of %q: %v", id, err)
		}
		if again := r.StoredID(id); again != stored {
			t.Errorf("the stored id of %q is once %q and once %q", id, stored, again)
		}
		if other, ok := seen[stored]; ok {
			t.Errorf("%q and %q have the same stored id", id, other)
		}
		seen[stored] = id
	}
}

// storedTakesStoredIDs looks at one record from both sides, in turns.
func storedTakesStoredIDs(t *testing.T, s store.Store) {
	r := renamer(t, s)
	inner, stored := r.Stored(), r.StoredID("id")
	same := func() {
		t.Helper()
		wantRecord(t, inner, stored, get(t, s, "id"))
	}

	v := create(t, s, "id", object(1))
	same()
	v = save(t, inner, stored, object(2), v)
	same()
	v = save(t, s, "id", object(3), v)
	same()
	later := in(2 * time.Hour)
	if err := inner.Touch(bounded(t), stored, later); err != nil {
		t.Fatalf("Touch: %v", err)
	}
	same()
	wantData(t, s, "id", object(3))
	wantExpires(t, s, "id", later)
	if err := inner.Delete(bounded(t), stored, v); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantAbsent(t, s, "id")

	create(t, inner, stored, object(4))
	same()
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantAbsent(t, inner, stored)
}

// storedTakesWhatAllYields does what is done with a list of sessions.
func storedTakesWhatAllYields(t *testing.T, s store.Store) {
	l := lister(t, s)
	inner := renamer(t, s).Stored()
	populate(t, s, "id", 30)
	n := 0
	for r, err := range l.All(bounded(t)) {
		if err != nil {
			t.Fatalf("All: %v", err)
		}
		wantRecord(t, inner, r.ID, r.Record)
		if n++; n%2 == 0 {
			save(t, inner, r.ID, object(-1), r.Version)
		} else if err := inner.Delete(bounded(t), r.ID, r.Version); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
	left := walk(t, l, func(int) {})
	if n != 30 || len(left) != 15 {
		t.Fatalf("All yields %d records, and %d after half of them have been deleted", n, len(left))
	}
	for i := range 30 {
		id := nth("id", i)
		if _, ok := left[storedID(s, id)]; ok {
			wantData(t, s, id, object(-1))
		} else {
			wantAbsent(t, s, id)
		}
	}
}

func idsAreNotStored(t *testing.T, s store.Store) {
	inner := renaming(t, s).Stored()
	save(t, s, "id", object(2), create(t, s, "id", object(1)))
	wantAbsent(t, inner, "id")
	// What is kept there under the id is another record.
	create(t, inner, "id", object(3))
	wantData(t, s, "id", object(2))
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantAbsent(t, s, "id")
	wantData(t, inner, "id", object(3))
}

// storedIDsAreNoIDs: if they were, whoever sees the store could take over what
// is in it.
func storedIDsAreNoIDs(t *testing.T, s store.Store) {
	r := renaming(t, s)
	create(t, s, "id", object(1))
	before := get(t, s, "id")
	stored := r.StoredID("id")
	wantAbsent(t, s, stored)
	for _, op := range operations(before.Version) {
		if op.name != "Create" && op.name != "Delete" {
			wantError(t, op.name, op.call(bounded(t), s, stored), store.ErrNotFound)
		}
	}
	create(t, s, stored, object(2))
	if err := s.Delete(bounded(t), stored, ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantRecord(t, s, "id", before)
}
