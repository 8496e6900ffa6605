package report

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

var computed = regexp.MustCompile(`(?s)<!-- computed ([a-z0-9-]+) -->\n.*?<!-- end of ([a-z0-9-]+) -->`)

// Compute replaces the computed parts of a page that is written by hand
// otherwise. They stand between <!-- computed NAME --> and <!-- end of NAME -->,
// and the page has exactly those that are given.
func Compute(file string, parts map[string]string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	left := maps.Clone(parts)
	var wrong error
	page := computed.ReplaceAllStringFunc(string(text), func(old string) string {
		match := computed.FindStringSubmatch(old)
		part, ok := left[match[1]]
		if !ok || match[1] != match[2] {
			wrong = fmt.Errorf("%s: the part %q is not computed, not for the first time, or ends as %q", file, match[1], match[2])
			return old
		}
		delete(left, match[1])
		return fmt.Sprintf("<!-- computed %s -->\n\n%s\n\n<!-- end of %s -->", match[1], strings.TrimSpace(part), match[1])
	})
	if wrong != nil {
		return wrong
	}
	if len(left) > 0 {
		return fmt.Errorf("%s has no place for %v", file, slices.Sorted(maps.Keys(left)))
	}
	return os.WriteFile(file, []byte(page), 0o644)
}
