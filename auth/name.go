package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxNameLength is how many characters (code points) a user name may have.
const MaxNameLength = 64

// Fold returns the form of a user name by which names are compared: without
// surrounding space and invisible characters, in compatibility form (NFKC) and
// with case folded. Names with the same form belong to the same account.
func Fold(name string) string {
	name = strings.Map(visible, strings.TrimSpace(name))
	// Folding can leave something to compose, and composing something to
	// fold; twice is enough (Unicode, section 3.13, toNFKC_Casefold).
	for range 2 {
		name = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
	}
	return strings.TrimSpace(name)
}

// maxKeyLength is how many characters the form of a name may have by which it is
// compared. A character can become eighteen there; a database has its limits.
const maxKeyLength = 255

// maxNameBytes is more than the longest name takes, however it is spelled.
const maxNameBytes = 1024

// lookupKey returns the key by which to look for an account of that name. What
// is far too long for a name is not worth folding: nobody has the key "".
func lookupKey(typed string) string {
	if len(typed) > maxNameBytes {
		return ""
	}
	return Fold(typed)
}

// visible drops the characters that change nothing or little to the eye, so
// that nobody can register a name that looks like another's.
func visible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
		return -1
	}
	return r
}

// checkName returns the name as it is shown and as it is compared.
func checkName(typed string) (shown, key string, err error) {
	shown = strings.TrimSpace(typed)
	switch {
	case len(shown) > maxNameBytes:
		return "", "", ErrNameTooLong
	case shown == "":
		return "", "", ErrNameMissing
	case !utf8.ValidString(shown) || strings.ContainsFunc(shown, unshowable):
		return "", "", ErrNameCharacters
	case utf8.RuneCountInString(norm.NFC.String(shown)) > MaxNameLength:
		return "", "", ErrNameTooLong
	}
	switch key = Fold(shown); {
	case key == "":
		return "", "", ErrNameCharacters
	case utf8.RuneCountInString(key) > maxKeyLength:
		return "", "", ErrNameTooLong
	}
	return shown, key, nil
}

// unshowable reports characters that break a line or turn the text around them.
func unshowable(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}
