package envelope

import (
	"fmt"
	"sync"
	"testing"
)

func TestKeysAreKept(t *testing.T) {
	t.Parallel()
	k := newKeyring([]string{"a secret"}, 2)
	origin := func(salt string) keyOrigin { return keyOrigin{0, salt, sha2of512, 1, 32} }
	one, two := k.derivation(origin("one")), k.derivation(origin("two"))
	if k.derivation(origin("one")) != one {
		t.Error("a key was not kept")
	}
	k.derivation(origin("three"))
	if k.derivation(origin("one")) != one {
		t.Error("the key that was used last was dropped")
	}
	if k.derivation(origin("two")) == two {
		t.Error("a key was kept beyond the limit")
	}
	if len(k.keys) != 2 || k.ordered.Len() != 2 {
		t.Errorf("%d keys are kept, %d in order, want 2", len(k.keys), k.ordered.Len())
	}
}

// TestKeyIsDerivedOnce has many ask for one key at the same time.
func TestKeyIsDerivedOnce(t *testing.T) {
	t.Parallel()
	k := newKeyring([]string{"a secret"}, 10)
	start := make(chan struct{})
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			<-start
			var err error
			if keys[i], err = k.key(keyOrigin{0, "salt", sha2of512, 1000, 32}); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	for _, key := range keys {
		if len(key) != 32 || &key[0] != &keys[0][0] {
			t.Fatal("the key was derived more than once")
		}
	}
}

// TestSealingDerivesNoKeys counts the keys that a codec derives: one for what it
// seals, whatever it opens of it.
func TestSealingDerivesNoKeys(t *testing.T) {
	t.Parallel()
	c, err := New(Options{Secrets: []string{"a secret"}})
	if err != nil {
		t.Fatal(err)
	}
	c.Hurry()
	for i := range 20 {
		text, err := c.Seal(fmt.Sprintf(`{"n":%d}`, i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Open(text); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.keys.keys) != 1 {
		t.Errorf("%d keys were derived, want 1", len(c.keys.keys))
	}
}

func TestSaltIsReplaced(t *testing.T) {
	t.Parallel()
	c, err := New(Options{Secrets: []string{"a secret"}})
	if err != nil {
		t.Fatal(err)
	}
	first := c.salt()
	if c.salt() != first || c.usesLeft != saltUses-2 {
		t.Error("the salt did not stay")
	}
	c.usesLeft = 0
	if c.salt() == first {
		t.Error("the salt was not replaced")
	}
}
