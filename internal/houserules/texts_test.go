package houserules

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

func licence(t *testing.T, tr *tree.Tree) []string {
	if !tr.Has("LICENSE") {
		return []string{"LICENSE: missing"}
	}
	if first, _, _ := strings.Cut(read(t, tr, "LICENSE"), "\n"); first != "MIT License" {
		return []string{fmt.Sprintf("LICENSE: begins with %q, want %q", first, "MIT License")}
	}
	return nil
}

// foreign matches places that belong to one machine or one network: its
// directories, and the hosts that it fetches modules and packages from.
var foreign = regexp.MustCompile(`(^|[^\w.-])(/(work|root|home)/|(proxy|sum)\.golang\.org|registry\.npmjs\.org|deb\.debian\.org)`)

// places finds files that name a foreign place. Sums are read by programs
// only, and what is in them is theirs.
func places(t *testing.T, tr *tree.Tree) (breaches []string) {
	for _, name := range tr.Files {
		if path.Base(name) == "go.sum" {
			continue
		}
		n := 0
		for line := range strings.Lines(read(t, tr, name)) {
			n++
			if match := foreign.FindStringSubmatch(line); match != nil {
				breaches = append(breaches, fmt.Sprintf("%s:%d: names %s", name, n, match[2]))
			}
		}
	}
	return breaches
}

func read(t *testing.T, tr *tree.Tree, name string) string {
	text, err := tr.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var brokenTexts = []broken{
	{
		rule: "licence",
		want: []string{"LICENSE: missing"},
	},
	{
		rule:  "licence",
		files: map[string]string{"LICENSE": "Apache License\n"},
		want:  []string{`LICENSE: begins with "Apache License", want "MIT License"`},
	},
	{
		rule: "places",
		files: map[string]string{
			// Put together here, for this file is searched as well.
			"a.go":       "package a\n\n// see " + "/" + "work/tree\n",
			"b.json":     `{"resolved": "https://` + "registry." + `npmjs.org/x"}`,
			"sub/go.sum": "sum." + "golang.org\n",
			"README.md":  "Put it in /var/lib/sojourn; docs/work/, /works/ and https://a.example/home/ are fine.\n",
		},
		want: []string{
			"a.go:3: names " + "/" + "work/",
			"b.json:1: names registry." + "npmjs.org",
		},
	},
}
