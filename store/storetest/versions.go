package storetest

import (
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var versionChecks = []check{
	{"VersionsFromAnywhereAreBases", versionsFromAnywhereAreBases},
	{"EqualVersionsAreEqualData", equalVersionsAreEqualData},
	{"TouchKeepsVersion", touchKeepsVersion},
}

func versionsFromAnywhereAreBases(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(1))
	v = save(t, s, "id", object(2), v) // from Create
	save(t, s, "id", object(3), v)     // from Save
	v = get(t, s, "id").Version
	save(t, s, "id", object(4), v) // from Get
	wantData(t, s, "id", object(4))
}

func equalVersionsAreEqualData(t *testing.T, s store.Store) {
	seen := map[store.Version]string{}
	note := func(v store.Version, data string) {
		t.Helper()
		if before, ok := seen[v]; ok && before != data {
			t.Errorf("%s and %s have the same version", before, data)
		}
		seen[v] = data
	}
	v := create(t, s, "id", object(0))
	note(v, object(0))
	for _, n := range []int{1, 2, 1, 0, 10, 100, 1} {
		// Same length, other length, and back to what was there before.
		v = save(t, s, "id", object(n), v)
		note(v, object(n))
		r := get(t, s, "id")
		note(r.Version, r.Data)
	}
	// The same id in its next life.
	if err := s.Delete(bounded(t), "id", ""); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	note(create(t, s, "id", object(200)), object(200))
}

func touchKeepsVersion(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(1))
	before := get(t, s, "id")
	if err := s.Touch(bounded(t), "id", in(2*time.Hour)); err != nil {
		t.Fatalf("Touch: %v", err)
	}
	if got := get(t, s, "id").Version; got != before.Version {
		t.Errorf("a touch changes the version from %q to %q", before.Version, got)
	}
	save(t, s, "id", object(2), v)
}
