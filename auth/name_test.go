package auth_test

import (
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"ada", "Ada", "ADA", " ada\t", "ａｄａ", "a\u00adda", "ad\u200da", "ada\ufe0f"},
		{"e\u0301", "é", "É", "E\u0301"},
		{"strasse", "straße", "STRASSE", "STRAẞE"},
		{"ﬁ", "fi", "FI"},
		{"σ", "ς", "Σ"},
		{"a b", "A B", "a\u00a0b", "a\u3000B"},
		{"", " ", "\u200b"},
	} {
		for _, name := range same {
			if got := auth.Fold(name); got != auth.Fold(same[0]) {
				t.Errorf("%+q is not %+q but %+q", name, same[0], got)
			}
		}
	}
	for _, different := range [][2]string{{"ada", "adа" /* Cyrillic */}, {"ada", "a da"}, {"é", "e"}, {"i", "ı"}} {
		if auth.Fold(different[0]) == auth.Fold(different[1]) {
			t.Errorf("%+q is %+q", different[0], different[1])
		}
	}
}

// Ensure that comparing is comparing: the form of the form is the form.
func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Ada", "ａｄａ", "STRAẞE", "\u0345", "ͅΑ\u0301", "ﷺ", "\u00ad \u200b", "Å\u0301", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		once := auth.Fold(name)
		if twice := auth.Fold(once); twice != once {
			t.Errorf("%+q becomes %+q becomes %+q", name, once, twice)
		}
	})
}
