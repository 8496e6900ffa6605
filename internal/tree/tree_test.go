package tree_test

import (
	"slices"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

func TestOpen(t *testing.T) {
	checkout, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.work", "internal/tree/tree_test.go", ".ci/run"} {
		if !checkout.Has(name) {
			t.Errorf("the checkout lacks %s", name)
		}
	}
	if checkout.Has("internal/tree") {
		t.Error("a directory counts as a file")
	}
	used, err := checkout.Workspace()
	if err != nil || !slices.Contains(used, ".") {
		t.Errorf("Workspace: %q, %v; want the root among them", used, err)
	}
}

func TestPackages(t *testing.T) {
	tr, err := tree.Write(t.TempDir(), map[string]string{
		"a.go":                 "package root",
		"a_test.go":            "package root_test",
		"a/internal/b/b.go":    "package c",
		"only/x_test.go":       "package only_test",
		"gen/gen.go":           "//go:build ignore\n\npackage main",
		"_examples/a.go":       "package main",
		"a/testdata/broken.go": "not Go",
		".ci/a.go":             "package ci",
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := tr.Packages()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		path, name   string
		files, tests int
		internal     bool
	}{
		{tree.Path, "root", 1, 1, false},
		{tree.Path + "/a/internal/b", "c", 1, 0, true},
		{tree.Path + "/only", "only", 0, 1, false},
	}
	if len(got) != len(want) {
		t.Fatalf("packages: %+v", got)
	}
	for i, w := range want {
		p := got[i]
		if p.Path != w.path || p.Name != w.name || len(p.Files) != w.files || len(p.Tests) != w.tests || p.Internal() != w.internal {
			t.Errorf("package %+v, want %+v", p, w)
		}
	}
}

func TestOwner(t *testing.T) {
	modules := []tree.Module{{Dir: "."}, {Dir: "a"}, {Dir: "a/b"}}
	for name, want := range map[string]string{
		"x.go":      ".",
		"ab/x.go":   ".",
		"a":         "a",
		"a/x.go":    "a",
		"a/b":       "a/b",
		"a/b/c/x":   "a/b",
		"a/bc/x.go": "a",
	} {
		if got := tree.Owner(modules, name).Dir; got != want {
			t.Errorf("Owner(%s) = %s, want %s", name, got, want)
		}
	}
}
