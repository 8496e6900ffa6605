package xaes

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha3"
	"encoding/hex"
	"testing"
)

// sealAt is Seal with random bits that are given, as in the specification.
func sealAt(t *testing.T, key, random, message, additional []byte) []byte {
	t.Helper()
	c, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	derived := c.key(random[:saltSize])
	block, err := aes.NewCipher(derived[:])
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed := aead.Seal(bytes.Clone(random), random[saltSize:], message, additional)
	if opened, err := c.Open(nil, sealed, additional); err != nil || !bytes.Equal(opened, message) {
		t.Fatalf("it opens as %q, %v", opened, err)
	}
	return sealed[len(random):]
}

// The vectors of the specification. The top bit that makes a difference in the
// derivation is 0 in the first and 1 in the second.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		key        byte
		additional string
		want       string
	}{
		{1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	} {
		key := bytes.Repeat([]byte{v.key}, KeySize)
		got := sealAt(t, key, []byte("ABCDEFGHIJKLMNOPQRSTUVWX"), []byte("XAES-256-GCM"), []byte(v.additional))
		if hex.EncodeToString(got) != v.want {
			t.Errorf("key %d: %x, want %s", v.key, got, v.want)
		}
	}
}

// The accumulated vector of the specification: the hash of ten thousand messages.
func TestAccumulatedVector(t *testing.T) {
	t.Parallel()
	random, hash := sha3.NewSHAKE128(), sha3.NewSHAKE128()
	read := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	for range 10_000 {
		key, nonce := read(KeySize), read(saltSize+nonceSize)
		message := read(int(read(1)[0]))
		additional := read(int(read(1)[0]))
		hash.Write(sealAt(t, key, nonce, message, additional))
	}
	got := make([]byte, 32)
	hash.Read(got)
	if want := "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"; hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	c, err := New(bytes.Repeat([]byte{7}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 15, 16, 17, 1000, 1 << 20} {
		message := bytes.Repeat([]byte("m"), n)
		sealed := c.Seal([]byte("before"), message, []byte("additional"))[len("before"):]
		if len(sealed) != n+Overhead {
			t.Errorf("%d bytes become %d, want %d more", n, len(sealed), Overhead)
		}
		if opened, err := c.Open(nil, sealed, []byte("additional")); err != nil || !bytes.Equal(opened, message) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := c.Open(nil, sealed, []byte("another")); err == nil {
			t.Errorf("%d bytes open with other additional data", n)
		}
		if n > 1000 {
			continue
		}
		for i := range sealed {
			if _, err := c.Open(nil, sealed[:i], []byte("additional")); err == nil {
				t.Errorf("%d bytes open when %d are left", n, i)
			}
			sealed[i] ^= 1
			if _, err := c.Open(nil, sealed, []byte("additional")); err == nil {
				t.Errorf("%d bytes open with byte %d changed", n, i)
			}
			sealed[i] ^= 1
		}
	}
}

// Ensure that the random bits of all messages are different, in both halves.
func TestRandomBitsDiffer(t *testing.T) {
	t.Parallel()
	c, err := New(bytes.Repeat([]byte{7}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	salts, nonces := map[string]bool{}, map[string]bool{}
	n := 100_000
	for range n {
		sealed := c.Seal(nil, nil, nil)
		salts[string(sealed[:saltSize])] = true
		nonces[string(sealed[saltSize:][:nonceSize])] = true
	}
	if len(salts) != n || len(nonces) != n {
		t.Errorf("%d messages have %d salts and %d nonces", n, len(salts), len(nonces))
	}
}

func TestKeySize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 24, 31, 33, 64} {
		if _, err := New(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes is accepted", n)
		}
	}
}

func BenchmarkSealAndOpen(b *testing.B) {
	c, err := New(bytes.Repeat([]byte{7}, KeySize))
	if err != nil {
		b.Fatal(err)
	}
	message, additional := make([]byte, 150), make([]byte, 50)
	var sealed, opened []byte
	b.ReportAllocs()
	for b.Loop() {
		sealed = c.Seal(sealed[:0], message, additional)
		if opened, err = c.Open(opened[:0], sealed, additional); err != nil {
			b.Fatal(err)
		}
	}
}
