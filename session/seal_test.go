package session

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestSealer(t *testing.T) {
	t.Parallel()
	newer, older := strings.Repeat("n", 16), strings.Repeat("o", 16)
	mustSealer := func(secrets ...string) *sealer {
		s, err := newSealer(secrets)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	old, both, other := mustSealer(older), mustSealer(newer, older), mustSealer(newer)
	sealed := old.seal("the-new-id", "the-old-id")
	tests := []struct {
		name         string
		by           *sealer
		sealed, from string
		ok           bool
	}{
		{"opens beside its old id", old, sealed, "the-old-id", true},
		{"opens after a new secret was put in front", both, sealed, "the-old-id", true},
		{"not beside another id", old, sealed, "another-id", false},
		{"not by another secret", other, sealed, "the-old-id", false},
		{"the first secret seals", other, both.seal("the-new-id", "the-old-id"), "the-old-id", true},
		{"cut off", old, sealed[:len(sealed)-4], "the-old-id", false},
		{"changed", old, "AAAA" + sealed[4:], "the-old-id", false},
		{"empty", old, "", "the-old-id", false},
		{"not base64", old, sealed + "=", "the-old-id", false},
		{"what is no id", old, old.seal("no id", "the-old-id"), "the-old-id", false},
	}
	for _, tt := range tests {
		id, ok := tt.by.open(tt.sealed, tt.from)
		if ok != tt.ok || ok && id != "the-new-id" {
			t.Errorf("%s: %q, %v", tt.name, id, ok)
		}
	}
	if text, err := base64.RawURLEncoding.DecodeString(sealed); err != nil || strings.Contains(string(text), "the-new-id") {
		t.Errorf("the id can be read in %q, %v", text, err)
	}
	if old.seal("the-new-id", "the-old-id") == sealed {
		t.Error("sealed twice, it is the same")
	}
}
