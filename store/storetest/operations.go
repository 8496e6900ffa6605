package storetest

import (
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// operationChecks are about one caller at a time.
var operationChecks = []check{
	{"GetReturnsWhatWasStored", getReturnsWhatWasStored},
	{"GetOfAbsentIsNotFound", getOfAbsentIsNotFound},
	{"CreateOfPresentIsExists", createOfPresentIsExists},
	{"SaveReplaces", saveReplaces},
	{"SaveShortens", saveShortens},
	{"SaveOnOtherVersionIsConflict", saveOnOtherVersionIsConflict},
	{"SaveOnEmptyBaseIsConflict", saveOnEmptyBaseIsConflict},
	{"SaveNeverCreates", saveNeverCreates},
	{"TouchExtends", touchExtends},
	{"TouchNeverShortens", touchNeverShortens},
	{"TouchNeverCreates", touchNeverCreates},
	{"DeleteRemoves", deleteRemoves},
	{"DeleteIsIdempotent", deleteIsIdempotent},
	{"DeleteOfOneVersion", deleteOfOneVersion},
	{"DeleteOfOtherVersionIsConflict", deleteOfOtherVersionIsConflict},
	{"DeleteOfOneVersionOfAbsentIsNotFound", deleteOfOneVersionOfAbsentIsNotFound},
	{"CreateAfterDelete", createAfterDelete},
	{"RecordsAreApart", recordsAreApart},
}

func getReturnsWhatWasStored(t *testing.T, s store.Store) {
	expires := in(time.Hour)
	if _, err := s.Create(bounded(t), "id", object(1), expires); err != nil {
		t.Fatal(err)
	}
	wantData(t, s, "id", object(1))
	wantExpires(t, s, "id", expires)
}

func getOfAbsentIsNotFound(t *testing.T, s store.Store) {
	wantAbsent(t, s, "id")
	create(t, s, "other", object(1))
	wantAbsent(t, s, "id")
}

func createOfPresentIsExists(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	before := get(t, s, "id")
	for _, data := range []string{object(1), object(2)} {
		_, err := s.Create(bounded(t), "id", data, in(2*time.Hour))
		wantError(t, "Create", err, store.ErrExists)
		wantRecord(t, s, "id", before)
	}
}

func saveReplaces(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(1))
	expires := in(2 * time.Hour)
	if _, err := s.Save(bounded(t), "id", object(2), expires, v); err != nil {
		t.Fatalf("Save on the version from Create: %v", err)
	}
	wantData(t, s, "id", object(2))
	wantExpires(t, s, "id", expires)

	// Data that stay the same are a save as well.
	expires = in(3 * time.Hour)
	if _, err := s.Save(bounded(t), "id", object(2), expires, get(t, s, "id").Version); err != nil {
		t.Fatalf("Save of the same data: %v", err)
	}
	wantData(t, s, "id", object(2))
	wantExpires(t, s, "id", expires)
}

func saveShortens(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(1))
	expires := in(time.Minute)
	if _, err := s.Save(bounded(t), "id", object(2), expires, v); err != nil {
		t.Fatalf("Save: %v", err)
	}
	wantExpires(t, s, "id", expires)
}

func saveOnOtherVersionIsConflict(t *testing.T, s store.Store) {
	first := create(t, s, "id", object(1))
	save(t, s, "id", object(2), first)
	before := get(t, s, "id")
	for name, base := range map[string]store.Version{
		"an older version":    first,
		"another version":     create(t, s, "other", object(3)),
		"a version of nobody": "-",
	} {
		_, err := s.Save(bounded(t), "id", object(4), in(2*time.Hour), base)
		wantError(t, "Save on "+name, err, store.ErrConflict)
		wantRecord(t, s, "id", before)
	}
}

func saveOnEmptyBaseIsConflict(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	before := get(t, s, "id")
	_, err := s.Save(bounded(t), "id", object(2), in(2*time.Hour), "")
	wantError(t, "Save on an empty base", err, store.ErrConflict)
	wantRecord(t, s, "id", before)
}

func saveNeverCreates(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(1))
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for id, base := range map[string]store.Version{"id": v, "never": v, "empty": ""} {
		_, err := s.Save(bounded(t), id, object(1), in(time.Hour), base)
		wantError(t, "Save", err, store.ErrNotFound)
		wantAbsent(t, s, id)
	}
}

func touchExtends(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	expires := in(2 * time.Hour)
	if err := s.Touch(bounded(t), "id", expires); err != nil {
		t.Fatalf("Touch: %v", err)
	}
	wantExpires(t, s, "id", expires)
	wantData(t, s, "id", object(1))
}

func touchNeverShortens(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	before := get(t, s, "id")
	for _, d := range []time.Duration{-time.Hour, time.Minute, 59 * time.Minute} {
		if err := s.Touch(bounded(t), "id", in(d)); err != nil {
			t.Fatalf("Touch: %v", err)
		}
		wantRecord(t, s, "id", before)
	}
}

func touchNeverCreates(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for _, id := range []string{"id", "never"} {
		err := s.Touch(bounded(t), id, in(time.Hour))
		wantError(t, "Touch", err, store.ErrNotFound)
		wantAbsent(t, s, id)
	}
}

func deleteRemoves(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantAbsent(t, s, "id")
}

func deleteIsIdempotent(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	for range 3 {
		if err := s.Delete(bounded(t), "id", ""); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	if err := s.Delete(bounded(t), "never", ""); err != nil {
		t.Errorf("Delete of what never was: %v", err)
	}
}

func deleteOfOneVersion(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	if err := s.Delete(bounded(t), "id", get(t, s, "id").Version); err != nil {
		t.Fatalf("Delete of the version from Get: %v", err)
	}
	wantAbsent(t, s, "id")

	v := save(t, s, "id", object(3), create(t, s, "id", object(2)))
	if err := s.Delete(bounded(t), "id", v); err != nil {
		t.Fatalf("Delete of the version from Save: %v", err)
	}
	wantAbsent(t, s, "id")
}

func deleteOfOtherVersionIsConflict(t *testing.T, s store.Store) {
	first := create(t, s, "id", object(1))
	save(t, s, "id", object(2), first)
	before := get(t, s, "id")
	for _, base := range []store.Version{first, "-"} {
		err := s.Delete(bounded(t), "id", base)
		wantError(t, "Delete", err, store.ErrConflict)
		wantRecord(t, s, "id", before)
	}
}

func deleteOfOneVersionOfAbsentIsNotFound(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(1))
	if err := s.Delete(bounded(t), "id", v); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for _, id := range []string{"id", "never"} {
		wantError(t, "Delete", s.Delete(bounded(t), id, v), store.ErrNotFound)
	}
}

func createAfterDelete(t *testing.T, s store.Store) {
	create(t, s, "id", object(1))
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	expires := in(2 * time.Hour)
	if _, err := s.Create(bounded(t), "id", object(2), expires); err != nil {
		t.Fatalf("Create: %v", err)
	}
	wantData(t, s, "id", object(2))
	wantExpires(t, s, "id", expires)
}

func recordsAreApart(t *testing.T, s store.Store) {
	v := create(t, s, "a", object(1))
	create(t, s, "b", object(1))
	before := get(t, s, "b")
	v = save(t, s, "a", object(2), v)
	wantRecord(t, s, "b", before)
	if err := s.Touch(bounded(t), "a", in(2*time.Hour)); err != nil {
		t.Fatalf("Touch: %v", err)
	}
	wantRecord(t, s, "b", before)
	if err := s.Delete(bounded(t), "a", v); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	wantRecord(t, s, "b", before)
}
