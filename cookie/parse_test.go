package cookie_test

import (
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
)

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		lines []string
		want  string
		ok    bool
	}{
		{"no header", nil, "", false},
		{"empty header", []string{""}, "", false},
		{"alone", []string{"sid=x"}, "x", true},
		{"among others", []string{"a=1; sid=x; b=2"}, "x", true},
		{"without spaces", []string{"a=1;sid=x;b=2"}, "x", true},
		{"spaces and tabs around", []string{"a=1;\t sid \t=\t x \t; b=2"}, "x", true},
		{"first occurrence wins", []string{"sid=bad; sid=x"}, "bad", true},
		{"two lines", []string{"a=1", "sid=x"}, "x", true},
		{"first line wins", []string{"sid=1", "sid=2"}, "1", true},
		{"bare token first", []string{"a; sid=x"}, "x", true},
		{"bare name is no cookie", []string{"sid; sid=x"}, "x", true},
		{"empty value", []string{"sid="}, "", true},
		{"equals sign in value", []string{"sid=a=b"}, "a=b", true},
		{"quoted", []string{`sid="x"`}, "x", true},
		{"one pair of quotes only", []string{`sid=""x""`}, `"x"`, true},
		{"lone quote", []string{`sid="`}, "", true},
		{"opening quote only", []string{`sid="x`}, `"x`, true},
		{"space inside quotes kept", []string{`sid=" x "`}, " x ", true},
		{"not decoded", []string{"sid=a%20b"}, "a%20b", true},
		{"other case", []string{"SID=x"}, "", false},
		{"longer name", []string{"sid2=x; xsid=x"}, "", false},
		{"comma does not separate", []string{"a=1, sid=x"}, "", false},
		{"percent in the name is not decoded", []string{"%73id=x"}, "", false},
		{"unicode space is not trimmed", []string{"\u2000sid=x"}, "", false},
		{"no-break space is not trimmed", []string{"sid\u00a0=x"}, "", false},
		{"line feed is not trimmed", []string{"\nsid=x"}, "", false},
		{"nameless cookie that looks like ours", []string{"=sid=x"}, "", false},
		{"prototype", []string{"__proto__=x; sid=y"}, "y", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := cookie.Find(tt.lines, "sid")
			if got != tt.want || ok != tt.ok {
				t.Errorf("Find(%q) = %q, %v; want %q, %v", tt.lines, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":           "",
		"plain+text": "plain+text",
		"a%20b%2B":   "a b+",
		"s%3aX":      "s:X",
		"%E2%82%AC":  "€",
		"%zz":        "%zz",
		"a%20b%":     "a%20b%",
		"%ff":        "%ff",
		"100%":       "100%",
	} {
		if got := cookie.Decode(value); got != want {
			t.Errorf("Decode(%q) = %q, want %q", value, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{"sid=x", "a=1; sid=\"x\"", "sid", "=", ";;;=;", "sid=\x00\xff", " sid = x "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		value, ok := cookie.Find([]string{header}, "sid")
		if ok && !strings.Contains(header, value) {
			t.Fatalf("Find returned %q, which is not in %q", value, header)
		}
		again, ok2 := cookie.Find([]string{"", header, "sid=later"}, "sid")
		if ok && (again != value || !ok2) {
			t.Fatalf("a later line changed %q to %q", value, again)
		}
		cookie.Decode(value)
	})
}
