package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// keyBytes are random ones in which both alphabets of base64 differ.
const keyHex = "fbf0ffbe9a7c3d51e2684b17cf90a3d46e0b8259f7316ca8dd4025937eb1c6fa"

func keyBytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(keyHex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	random := keyBytes(t)
	want, err := store.NewKey(random)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		keyHex,
		strings.ToUpper(keyHex),
		base64.StdEncoding.EncodeToString(random),
		base64.RawStdEncoding.EncodeToString(random),
		base64.URLEncoding.EncodeToString(random),
		base64.RawURLEncoding.EncodeToString(random),
		" " + keyHex + "\n",
	} {
		keys, err := store.ParseKeys(text)
		if err != nil || len(keys) != 1 || keys[0].ID() != want.ID() {
			t.Errorf("%q: %v, %v, want %v", text, keys, err, want)
		}
	}
	other := strings.Repeat("0123456789abcdef", 4)
	other = other[:32] + keyHex[32:]
	keys, err := store.ParseKeys(keyHex + ", " + other + "," + keyHex)
	if err != nil || len(keys) != 3 || keys[0] == keys[1] || keys[0].ID() == keys[1].ID() || keys[2].ID() != want.ID() {
		t.Errorf("three keys: %v, %v", keys, err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	random := keyBytes(t)
	b64 := base64.StdEncoding.EncodeToString
	for _, list := range []string{
		"", " ", "\n", ",", keyHex + ",", "," + keyHex, keyHex + ",," + keyHex,
		"secret", "a secret of 32 bytes, not a key!", "0123456789abcdef0123456789abcdef",
		keyHex[:62], keyHex + "00", keyHex[:63] + "x", keyHex[:63] + "=",
		b64(random[:31]), b64(append([]byte{0}, random...)), b64(random)[:43] + "!", "+/" + b64(random)[2:40] + "-_==",
		strings.Repeat("00", 32), strings.Repeat("ff", 32), strings.Repeat("0123456789abcdef", 4),
		hex.EncodeToString([]byte("a secret of 32 bytes, not a key!")),
		b64([]byte("0123456789abcdef0123456789abcdef")),
		keyHex + " " + keyHex, keyHex + ";" + keyHex,
	} {
		keys, err := store.ParseKeys(list)
		if !errors.Is(err, store.ErrKey) || keys != nil {
			t.Errorf("%q: %v, %v, want %v", list, keys, err, store.ErrKey)
		} else if len(list) > 3 && strings.Contains(err.Error(), strings.Trim(list, ", ")) {
			t.Errorf("%q: the error repeats it: %v", list, err)
		}
	}
	for n := range 70 {
		if _, err := store.NewKey(bytes.Repeat(random, 3)[:n]); errors.Is(err, store.ErrKey) != (n != store.KeySize) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := store.ParseKeys(keyHex + ",short"); err == nil || !strings.Contains(err.Error(), "key 2") {
		t.Errorf("the error does not say which key: %v", err)
	}
}

// Ensure that a key shows as its ID wherever it is printed, even deep inside
// something else.
func TestKeysAreDiscreet(t *testing.T) {
	t.Parallel()
	random := keyBytes(t)
	k, err := store.NewKey(random)
	if err != nil {
		t.Fatal(err)
	}
	if len(k.ID()) != 11 || k.ID() != "W8I04tV8tgY" {
		t.Errorf("the ID is %q, which is not what stands in databases", k.ID())
	}
	config := struct {
		Key  store.Key
		keys []store.Key
	}{k, []store.Key{k}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", k)
		fmt.Fprintf(&out, verb+"\n", config)
	}
	if err := json.NewEncoder(&out).Encode(config); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("", "key", k, "config", config)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("", "key", k, "config", config)
	text := strings.ToLower(out.String())
	if !strings.Contains(out.String(), k.ID()) {
		t.Errorf("the ID is nowhere in %s", text)
	}
	for _, secret := range []string{
		keyHex[:8], fmt.Sprint(random[:4])[1:12], base64.StdEncoding.EncodeToString(random)[:8], "cipher",
	} {
		if strings.Contains(text, strings.ToLower(secret)) {
			t.Errorf("%q of the key is in %s", secret, text)
		}
	}
	if got := fmt.Sprint(store.Key{}); got != "no key" {
		t.Errorf("the zero Key shows as %q", got)
	}
}

func FuzzParseKeys(f *testing.F) {
	for _, seed := range []string{"", ",", keyHex, keyHex + "," + keyHex, "a secret of 32 bytes, not a key!", "+/+/", "===="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		keys, err := store.ParseKeys(list)
		switch {
		case err != nil && (!errors.Is(err, store.ErrKey) || keys != nil):
			t.Errorf("%v, %v", keys, err)
		case err == nil && len(keys) != strings.Count(list, ",")+1:
			t.Errorf("%d keys", len(keys))
		}
		for _, k := range keys {
			if len(k.ID()) != 11 {
				t.Errorf("the ID is %q", k.ID())
			}
		}
	})
}
