package houserules

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

var (
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz|Example)[A-Z][A-Za-z0-9_]*)(?:/[^`]*)?`")
	writtenTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)[A-Za-z0-9_]+)\(`)
)

// namedTests finds tests that a document names as its proof and that are not
// there.
func namedTests(t *testing.T, tr *tree.Tree) (breaches []string) {
	written := map[string]bool{}
	for _, name := range tr.Files {
		if strings.HasSuffix(name, "_test.go") {
			for _, match := range writtenTest.FindAllStringSubmatch(read(t, tr, name), -1) {
				written[match[1]] = true
			}
		}
	}
	for _, name := range tr.Files {
		if path.Ext(name) != ".md" {
			continue
		}
		n := 0
		for line := range strings.Lines(read(t, tr, name)) {
			n++
			for _, match := range namedTest.FindAllStringSubmatch(line, -1) {
				if !written[match[1]] {
					breaches = append(breaches, fmt.Sprintf("%s:%d: there is no %s", name, n, match[1]))
				}
			}
		}
	}
	return breaches
}

var brokenNames = []broken{{
	rule: "named tests",
	files: map[string]string{
		"a_test.go":   "package a\n\nfunc TestThere(t *testing.T) {}\n\nfunc FuzzThere(f *testing.F) {}\n",
		"b.go":        "package a\n\nfunc TestInProgram() {}\n",
		"docs/all.md": "See `TestThere`, `TestThere/part of it`, `FuzzThere` and `TestGone`.\n\n| `TestInProgram` | TestNoName |\n",
	},
	want: []string{"docs/all.md:1: there is no TestGone", "docs/all.md:3: there is no TestInProgram"},
}}
