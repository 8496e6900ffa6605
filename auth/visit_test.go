package auth

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanAgent(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"":                             "",
		"Mozilla/5.0 (X11)":            "Mozilla/5.0 (X11)",
		"a\tb\x00c\x7fd\u0085e":        "abcde",
		"a\xffb\xc3":                   "ab",
		"a\u2028b\u202ec":              "abc",
		strings.Repeat("a", 300):       strings.Repeat("a", 256),
		strings.Repeat("é", 200):       strings.Repeat("é", 128),
		"a" + strings.Repeat("é", 200): "a" + strings.Repeat("é", 127),
		strings.Repeat("\xff", 1<<16):  "",
	} {
		if got := cleanAgent(agent); got != want {
			t.Errorf("%.20q: %q", agent, got)
		}
	}
}

func FuzzCleanAgent(f *testing.F) {
	for _, seed := range []string{"", "Mozilla/5.0", "\xff", strings.Repeat("😀", 70), "a\u202e\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, agent string) {
		got := cleanAgent(agent)
		if len(got) > maxAgent || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) || cleanAgent(got) != got {
			t.Errorf("%q: %q", agent, got)
		}
	})
}
