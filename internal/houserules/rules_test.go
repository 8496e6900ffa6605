package houserules

import (
	"slices"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// A rule returns what in a tree breaks it, one line each.
type rule func(*testing.T, *tree.Tree) []string

var rules = map[string]rule{
	"package comments":     packageComments,
	"package names":        packageNames,
	"exported identifiers": exportedIdentifiers,
	"modules":              modules,
	"workspace":            workspace,
	"licence":              licence,
	"places":               places,
	"named tests":          namedTests,
}

func TestTree(t *testing.T) {
	checkout, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, breach := range rule(t, checkout) {
				t.Error(breach)
			}
		})
	}
}

// A broken tree shows that a rule catches what it should, and only that.
type broken struct {
	rule  string
	files map[string]string
	want  []string
}

func TestBrokenTrees(t *testing.T) {
	shown := make(map[string]bool)
	for _, b := range slices.Concat(brokenPackages, brokenExports, brokenModules, brokenTexts, brokenNames) {
		shown[b.rule] = true
		t.Run(b.rule, func(t *testing.T) {
			tr, err := tree.Write(t.TempDir(), b.files)
			if err != nil {
				t.Fatal(err)
			}
			if got := rules[b.rule](t, tr); !slices.Equal(got, b.want) {
				t.Errorf("breaches:\n%q\nwant:\n%q", got, b.want)
			}
		})
	}
	for name := range rules {
		if !shown[name] {
			t.Errorf("no tree breaks the rule of %s", name)
		}
	}
}
