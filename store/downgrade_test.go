package store_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

const marked = `{"sojourn_encrypted":`

// forged returns records that nobody with the key has stored as they are under
// the id, among them sealed ones that somebody has. sealed returns the record
// that a key makes of session for an id.
func forged(t *testing.T, k store.Key, sealed func(k store.Key, id string) string) map[string]string {
	t.Helper()
	good := sealed(k, "id")
	other := sealed(keyOf(t, "another key"), "id")
	raw := base64.RawURLEncoding.EncodeToString
	texts := map[string]string{
		"plain":                              sample,
		"plain with space before":            " " + sample,
		"empty":                              "",
		"an empty object":                    "{}",
		"no JSON":                            "\x00\xff",
		"base64 of JSON":                     raw([]byte(sample)),
		"plain beside the mark":              strings.Replace(sample, "{", marked+`1,"key":"`+k.ID()+`","data":"",`, 1),
		"plain instead of the data":          marked + `1,"key":"` + k.ID() + `","data":` + sample + `}`,
		"plain as the data":                  marked + `1,"key":"` + k.ID() + `","data":"` + raw([]byte(sample)) + `"}`,
		"zeros":                              marked + `1,"key":"` + k.ID() + `","data":"` + raw(make([]byte, 200)) + `"}`,
		"no data":                            marked + `1,"key":"` + k.ID() + `","data":""}`,
		"no key":                             marked + `1,"data":"` + raw([]byte(sample)) + `"}`,
		"an empty key":                       strings.Replace(good, k.ID(), "", 1),
		"an unknown key":                     strings.Replace(good, k.ID(), "AAAAAAAAAAA", 1),
		"a key that is none":                 strings.Replace(good, k.ID(), "\",\"alg\":\"n", 1),
		"another key":                        other,
		"another key under the name of ours": strings.Replace(other, keyOf(t, "another key").ID(), k.ID(), 1),
		"another id":                         sealed(k, "another-id"),
		"an id that begins alike":            sealed(k, "id0"),
		"an id that is a part":               sealed(k, "i"),
		"space before":                       " " + good,
		"space after":                        good + " ",
		"a line break in the data":           good[:len(good)-10] + "\n" + good[len(good)-10:],
		"padded":                             strings.TrimSuffix(good, `"}`) + `="}`,
		"a member more":                      strings.TrimSuffix(good, `}`) + `,"a":1}`,
		"twice":                              good + good,
		"in capitals":                        strings.ToUpper(good),
	}
	for _, version := range []string{"0", "2", "10", "01", "1.0", "-1", `"1"`, "null", "", "1e0", "true"} {
		texts["version "+version] = strings.Replace(good, "1", version, 1)
		texts["plain of version "+version] = marked + version + `,"data":` + sample + `}`
	}
	for i := range good {
		if i > 0 {
			texts[fmt.Sprintf("cut to %d bytes", i)] = good[:i]
		}
		texts[fmt.Sprintf("without byte %d", i)] = good[:i] + good[i+1:]
		for _, c := range []byte{good[i] ^ 1, good[i] ^ 0x20, 'A'} {
			if c != good[i] {
				texts[fmt.Sprintf("byte %d is %q", i, c)] = good[:i] + string(c) + good[i+1:]
			}
		}
	}
	maps.DeleteFunc(texts, func(_, text string) bool { return text == good })
	return texts
}

// CVE-2026-39324: a session that failed decryption was read as a plain one, so
// that anybody could make sessions up.
func TestCVE_2026_39324(t *testing.T) {
	t.Parallel()
	k := keyOf(t, "a key")
	for name, wrap := range map[string]func(s store.Store, keys ...store.Key) store.Store{
		"Encrypt":            func(s store.Store, keys ...store.Key) store.Store { return encrypted(t, s, keys...) },
		"Encrypt of HashIDs": func(s store.Store, keys ...store.Key) store.Store { return encrypted(t, store.HashIDs(s), keys...) },
		"HashIDs of Encrypt": func(s store.Store, keys ...store.Key) store.Store { return store.HashIDs(encrypted(t, s, keys...)) },
		"EncryptAcceptPlain": func(s store.Store, keys ...store.Key) store.Store {
			s, err := store.EncryptAcceptPlain(s, keys...)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := forged(t, k, func(k store.Key, id string) string {
				inner := newMemory()
				s := wrap(inner, k)
				if _, err := s.Create(t.Context(), id, sample, hourFromNow()); err != nil {
					t.Fatal(err)
				}
				r, err := inner.Get(t.Context(), s.(store.Renamer).StoredID(id))
				if err != nil {
					t.Fatal(err)
				}
				return r.Data
			})
			for what, text := range texts {
				if name == "EncryptAcceptPlain" && !strings.HasPrefix(text, marked) {
					continue // is plain, and asked for
				}
				inner := newMemory()
				s := wrap(inner, k, keyOf(t, "an older key"))
				if _, err := inner.Create(t.Context(), s.(store.Renamer).StoredID("id"), text, hourFromNow()); err != nil {
					t.Fatal(err)
				}
				wantUnreadable(t, what, s)
			}
		})
	}
	// No key is no reason to read or to write plain records.
	if _, err := store.ParseKeys(""); !errors.Is(err, store.ErrKey) {
		t.Errorf("an empty list of keys: %v", err)
	}
	if _, err := store.Encrypt(newMemory()); !errors.Is(err, store.ErrKey) {
		t.Errorf("no keys: %v", err)
	}
}

// wantUnreadable checks that the one record of a store is there and shows nothing.
func wantUnreadable(t *testing.T, what string, s store.Store) {
	t.Helper()
	r, err := s.Get(t.Context(), "id")
	if !errors.Is(err, store.ErrDecrypt) || errors.Is(err, store.ErrNotFound) || r != (store.Record{}) {
		t.Errorf("%s: Get: %+v, %v, want %v", what, r, err, store.ErrDecrypt)
		return
	}
	for _, secret := range []string{"00000001", "cookie", `"data"`} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells the data: %v", what, err)
		}
	}
	n := 0
	for r, err := range s.(store.Lister).All(t.Context()) {
		if n++; !errors.Is(err, store.ErrDecrypt) || r != (store.Stored{}) {
			t.Errorf("%s: All: %+v, %v, want %v", what, r, err, store.ErrDecrypt)
		}
	}
	if n != 1 {
		t.Errorf("%s: All yields %d times, want 1", what, n)
	}
	// It can still be ended.
	if err := s.Delete(t.Context(), "id", ""); err != nil {
		t.Errorf("%s: Delete: %v", what, err)
	}
	if _, err := s.Get(t.Context(), "id"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%s: Get after Delete: %v", what, err)
	}
}
