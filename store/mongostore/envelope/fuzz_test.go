package envelope

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzOpen looks for texts that make the parsers fail, or that two texts are taken
// for one envelope.
func FuzzOpen(f *testing.F) {
	data, err := os.ReadFile("testdata/envelopes.json")
	if err != nil {
		f.Fatal(err)
	}
	var vectors []struct{ Envelope string }
	if err := json.Unmarshal(data, &vectors); err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors {
		f.Add(v.Envelope)
	}
	// One round of WebCrypto, for its key is derived for most of what is tried;
	// the rounds of kruptein are constant, so its envelopes are parsed only.
	c, err := New(Options{Secrets: []string{"a secret"}, WebRounds: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 0 && text[0] == '"' {
			if e := parseConnectMongo3(text); e != nil && e.text() != text {
				t.Fatal("another text was taken for this envelope")
			}
			return
		}
		data, ok := decode(text)
		if !ok {
			if _, err := c.Open(text); !errors.Is(err, ErrFormat) {
				t.Fatalf("%v, want ErrFormat", err)
			}
			return
		}
		if !reencodes(text, data) {
			t.Fatal("another text stands for these bytes")
		}
		if k := parseKruptein(data); k != nil {
			for _, format := range k.formats(Kruptein30) {
				k.authenticate(format, make([]byte, 32))
			}
			openGCM(make([]byte, 32), k.IV, k.ciphertext, k.AT, k.associated)
			return
		}
		if session, err := c.Open(text); err == nil {
			t.Fatalf("opened %q", session)
		}
	})
}

// reencodes reports whether one of the encodings makes text of data.
func reencodes(text string, data []byte) bool {
	return Hex.encode(data) == text || Base64.encode(data) == text || Base64URL.encode(data) == text
}

// FuzzPlaintext looks for sessions that do not come back as they were.
func FuzzPlaintext(f *testing.F) {
	f.Add(`{"a":"\ud800\\u2028","b":"` + "\u2028\uFFFD" + `"}`)
	f.Add(`{"type":"string","value":"x"}`)
	f.Add(`{"type":"json","value":{}}`)
	f.Add("{\"a\":1}\n")
	f.Fuzz(func(t *testing.T, session string) {
		for format := Kruptein30; format <= ConnectMongo3; format++ {
			for _, object := range []bool{false, true} {
				plaintext, err := wrap(format, session, object)
				if err != nil {
					continue
				}
				if !json.Valid(plaintext) || !utf8.Valid(plaintext) {
					t.Fatalf("%v: not JSON: %q", format, plaintext)
				}
				got, err := unwrap(format, plaintext)
				if err != nil {
					if isObject(session) {
						t.Fatalf("%v: %v", format, err)
					}
					continue
				}
				if object {
					session = strings.Trim(session, space)
				}
				if got != session {
					t.Fatalf("%v: %q, want %q", format, got, session)
				}
			}
		}
	})
}

// FuzzUnwrap looks for plaintexts that make the parsers fail.
func FuzzUnwrap(f *testing.F) {
	f.Add([]byte(`"{\"cookie\":{}}"`))
	f.Add([]byte(`"{\ud800}"`))
	f.Add([]byte(`{"type":"string","value":"{}"}`))
	f.Add([]byte(`{"TYPE":"json","type":"json","value":{"a":1},"value":{}}`))
	f.Fuzz(func(t *testing.T, plaintext []byte) {
		for format := Kruptein30; format <= WebCrypto; format++ {
			session, err := unwrap(format, plaintext)
			if err == nil && (!isObject(session) || !utf8.ValidString(session)) {
				t.Fatalf("%v: unwrapped %q", format, session)
			}
			if err != nil && !errors.Is(err, ErrFormat) {
				t.Fatalf("%v: %v", format, err)
			}
		}
	})
}
