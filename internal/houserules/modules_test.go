package houserules

import (
	"fmt"
	"path"
	"slices"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// modules finds modules that are not named after their directory or shut
// users out. The go command spells the version 1.26.0 where a requirement
// does; what it may not do is slip in the version of the machine.
func modules(t *testing.T, tr *tree.Tree) (breaches []string) {
	for _, m := range readModules(t, tr) {
		file := path.Join(m.Dir, "go.mod")
		if want := path.Join(tree.Path, m.Dir); m.Path != want {
			breaches = append(breaches, fmt.Sprintf("%s: the module is %s, want %s", file, m.Path, want))
		}
		if m.Go != "1.26" && m.Go != "1.26.0" {
			breaches = append(breaches, fmt.Sprintf("%s: go %s, want go 1.26", file, m.Go))
		}
		if m.Dir == "." && len(m.Require) > 0 {
			breaches = append(breaches, fmt.Sprintf("%s: the root module requires %v, want the standard library only", file, m.Require))
		}
	}
	return breaches
}

// workspace finds modules that go.work forgets. The benchmarks stay outside:
// their peers' requirements must not decide what the tests run with.
func workspace(t *testing.T, tr *tree.Tree) (breaches []string) {
	used, err := tr.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range readModules(t, tr) {
		if inside := slices.Contains(used, m.Dir); inside == (m.Dir == "bench") {
			breaches = append(breaches, fmt.Sprintf("go.work: uses %s: %v", m.Dir, inside))
		}
	}
	return breaches
}

func readModules(t *testing.T, tr *tree.Tree) []tree.Module {
	modules, err := tr.Modules()
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

var brokenModules = []broken{
	{
		rule: "modules",
		files: map[string]string{
			"go.mod":      "module " + tree.Path + "\n\ngo 1.26\n\nrequire example.com/x v1.0.0\n",
			"a/go.mod":    "module " + tree.Path + "/b\n\ngo 1.26\n",
			"b/go.mod":    "module " + tree.Path + "/b\n\ngo 1.26.8\n",
			"c/d/go.mod":  "module " + tree.Path + "/c/d\n",
			"good/go.mod": "module " + tree.Path + "/good\n\ngo 1.26.0\n\nrequire example.com/x v1.0.0\n",
		},
		want: []string{
			"a/go.mod: the module is " + tree.Path + "/b, want " + tree.Path + "/a",
			"b/go.mod: go 1.26.8, want go 1.26",
			"c/d/go.mod: go , want go 1.26",
			"go.mod: the root module requires [example.com/x], want the standard library only",
		},
	},
	{
		rule: "workspace",
		files: map[string]string{
			"go.work":      "go 1.26\n\nuse (\n\t.\n\t./bench\n\t./a\n)\n",
			"go.mod":       "module " + tree.Path + "\n",
			"a/go.mod":     "module " + tree.Path + "/a\n",
			"bench/go.mod": "module " + tree.Path + "/bench\n",
			"c/d/go.mod":   "module " + tree.Path + "/c/d\n",
		},
		want: []string{
			"go.work: uses bench: true",
			"go.work: uses c/d: false",
		},
	},
}
