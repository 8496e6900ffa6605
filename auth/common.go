package auth

import (
	_ "embed"
	"strings"
	"sync"
)

// commonPasswords is the list that common.md tells about.
//
//go:embed common.txt
var commonPasswords string

// common returns the set of the common passwords, which nobody changes.
var common = sync.OnceValue(func() map[string]struct{} {
	set := make(map[string]struct{}, 3000)
	for line := range strings.Lines(commonPasswords) {
		set[strings.TrimSuffix(line, "\n")] = struct{}{}
	}
	return set
})

// guessable reports passwords that are tried first: one of those that are most
// common, in whatever case, or the user's name, in whatever spelling and
// however often. Passwords that only contain such a thing are not refused
// (NIST SP 800-63B, section 3.1.1.2: the entire password is compared).
func guessable(password, nameKey string) bool {
	if _, ok := common()[strings.ToLower(password)]; ok {
		return true
	}
	return nameKey != "" && strings.ReplaceAll(Fold(password), nameKey, "") == ""
}
