package auth

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// Ensure that the list is what common.md says.
func TestCommonList(t *testing.T) {
	t.Parallel()
	lines := 0
	for line := range strings.Lines(commonPasswords) {
		lines++
		p := strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(p) < MinPasswordLength || hashable(p) != nil || strings.ToLower(p) != p || strings.TrimSpace(p) != p {
			t.Errorf("line %d: %q", lines, p)
		}
	}
	if lines != 3000 || len(common()) != lines {
		t.Errorf("%d lines, %d passwords", lines, len(common()))
	}
}

func TestGuessable(t *testing.T) {
	t.Parallel()
	for password, nameKey := range map[string]string{
		"password":      "ada",
		"PassWord":      "ada",
		"12345678":      "ada",
		"qwertyuiop":    "ada",
		"Password123":   "ada",
		"administrator": "administrator",
		"Lovelace":      "lovelace",
		"ＬＯＶＥＬＡＣＥ":      "lovelace",
		" lovelace ":    "lovelace",
		"adaadaADA":     "ada",
		"aaaaaaaaaa":    "a",
	} {
		if err := checkPassword(password, nameKey); !errors.Is(err, ErrPasswordCommon) {
			t.Errorf("%q of %q: %v", password, nameKey, err)
		}
	}
	for password, nameKey := range map[string]string{
		"correct horse":   "ada",
		"password of ada": "ada",
		" password":       "ada", // is another one
		"lovelace1":       "lovelace",
		"adaadaadb":       "ada",
		"zzzzzzzzzz":      "",
	} {
		if err := checkPassword(password, nameKey); err != nil {
			t.Errorf("%q of %q: %v", password, nameKey, err)
		}
	}
}

func BenchmarkCommon(b *testing.B) {
	for b.Loop() {
		guessable("correct horse", "ada")
	}
}
