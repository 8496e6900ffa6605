package store

import (
	"strings"
	"testing"
)

// fuzzKey returns a key for tests of what is not exported.
func fuzzKey(t testing.TB) *key {
	t.Helper()
	random := make([]byte, KeySize)
	for i := range random {
		random[i] = byte(i * 7)
	}
	k, err := NewKey(random)
	if err != nil {
		t.Fatal(err)
	}
	return k.k
}

func TestAssociatedFits(t *testing.T) {
	t.Parallel()
	if n := len(associated(nil, strings.Repeat("a", MaxIDLength))); n > maxAssociated {
		t.Errorf("%d bytes do not fit into %d", n, maxAssociated)
	}
}

// Ensure that what is taken for an envelope is written as it was read, that
// whatever else bears the mark is never taken for plain, and that nothing opens
// that was not sealed.
func FuzzEnvelope(f *testing.F) {
	r := ring{fuzzKey(f)}
	good := r.seal(`{"n":1}`, "id")
	for _, seed := range []string{
		good, good[:len(good)-1], good + " ", strings.Replace(good, "1", "2", 1), r.seal("", "id"), r.seal("{}", "another-id"),
		envelopeHead, envelopeHead + envelopeKey, envelopeHead + envelopeKey + r[0].id + envelopeData + envelopeTail,
		"", "{}", `{"cookie":{}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseEnvelope(text)
		switch {
		case err == nil:
			if back := envelopeHead + envelopeKey + e.key + envelopeData + e.data + envelopeTail; back != text {
				t.Errorf("%q is written as %q", text, back)
			}
		case (err == errPlain) == strings.HasPrefix(text, envelopeHead):
			t.Errorf("%q: %v", text, err)
		}
		data, err := r.open(text, "id")
		if err == nil && data != `{"n":1}` && data != "" {
			t.Errorf("%q opens as %q", text, data)
		}
	})
}

// FuzzSeal makes sure that any data come back, and only under their id.
func FuzzSeal(f *testing.F) {
	r := ring{fuzzKey(f)}
	f.Add("", "id", "another")
	f.Add(`{"n":1}`, "a", "aa")
	f.Add("\x00\xff", "", "\x00")
	f.Fuzz(func(t *testing.T, data, id, other string) {
		text := r.seal(data, id)
		if got, err := r.open(text, id); err != nil || got != data {
			t.Errorf("%q comes back as %q, %v", data, got, err)
		}
		if got, err := r.open(text, other); id != other && (err == nil || got != "") {
			t.Errorf("%q opens under %q, too", id, other)
		}
	})
}
