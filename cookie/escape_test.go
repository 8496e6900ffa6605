package cookie_test

import (
	"testing"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/cookie"
)

func TestEncodeComponent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":             "",
		"azAZ09-_.!~*": "azAZ09-_.!~*",
		"'()":          "'()",
		" $&+,/:;=?@#": "%20%24%26%2B%2C%2F%3A%3B%3D%3F%40%23",
		"s:a.b":        "s%3Aa.b",
		"é€😀":          "%C3%A9%E2%82%AC%F0%9F%98%80",
		"\x00\x7f\"\\": "%00%7F%22%5C",
	} {
		if got := cookie.EncodeComponent(text); got != want {
			t.Errorf("EncodeComponent(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestDecodeComponent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		"a+b":                     "a+b",
		"%41%6a%6A":               "Ajj",
		"%C3%A9%e2%82%ac":         "é€",
		"%F0%9F%98%80":            "😀",
		"raw é and %C3%A9":        "raw é and é",
		"%EF%BF%BD":               "\ufffd",
		"%00":                     "\x00",
		"first %25 then literal%": "!",
		"%":                       "!",
		"%4":                      "!",
		"%4g":                     "!",
		"%C3":                     "!",
		"%C3A9":                   "!",
		"%C3\xa9":                 "!",
		"%A9":                     "!",
		"%FF":                     "!",
		"%C0%80":                  "!", // overlong
		"%ED%A0%80":               "!", // a surrogate
		"%F4%90%80%80":            "!", // beyond U+10FFFF
		"%F8%88%80%80%80":         "!",
	} {
		got, ok := cookie.DecodeComponent(text)
		if want == "!" && ok {
			t.Errorf("DecodeComponent(%q) = %q, want failure", text, got)
		}
		if want != "!" && (got != want || !ok) {
			t.Errorf("DecodeComponent(%q) = %q, %v; want %q", text, got, ok, want)
		}
	}
}

func FuzzComponent(f *testing.F) {
	for _, seed := range []string{"", "a b", "%41", "%C3%A9", "é", "\xff", "%zz", "%F0%9F%98%80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		encoded := cookie.EncodeComponent(text)
		decoded, ok := cookie.DecodeComponent(encoded)
		if utf8.ValidString(text) && (!ok || decoded != text) {
			t.Fatalf("%q came back as %q, %v", text, decoded, ok)
		}
		if !utf8.ValidString(text) && ok {
			t.Fatalf("the encoding of %q was accepted, but is not UTF-8", text)
		}
		if d, ok := cookie.DecodeComponent(text); ok && utf8.ValidString(text) && !utf8.ValidString(d) {
			t.Fatalf("%q was decoded to %q, which is not UTF-8", text, d)
		}
	})
}
