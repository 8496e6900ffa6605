package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// build compiles the blocks, each as a package of its own, against the
// modules of the checkout, and returns what the compiler had to say. The
// blocks' module joins a copy of the checkout's workspace, which lends it all
// requirements and sums; so nothing is fetched that the tests do not need
// anyway.
func build(t *testing.T, checkout *tree.Tree, blocks []block) string {
	t.Helper()
	packages, err := checkout.Packages()
	if err != nil {
		t.Fatal(err)
	}
	importable := importable(packages)
	files := map[string]string{
		"go.work": workspace(t, checkout),
		"go.mod":  "module example.com/docs\n\ngo 1.26\n",
	}
	if checkout.Has("go.work.sum") {
		sums, err := checkout.Read("go.work.sum")
		if err != nil {
			t.Fatal(err)
		}
		files["go.work.sum"] = string(sums)
	}
	var problems strings.Builder
	for i, b := range blocks {
		src, err := b.source(importable)
		if err != nil {
			fmt.Fprintln(&problems, err)
			continue
		}
		files[fmt.Sprintf("block%d/block.go", i)] = src
	}
	dir := t.TempDir()
	if _, err := tree.Write(dir, files); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", os.DevNull, "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK="+path.Join(dir, "go.work"), "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		fmt.Fprintf(&problems, "%s%v\n", out, err)
	}
	return problems.String()
}

// workspace is the checkout's go.work with the blocks' module, in terms of
// absolute directories.
func workspace(t *testing.T, checkout *tree.Tree) string {
	used, err := checkout.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	work := "go 1.26.0\n\nuse .\n"
	for _, dir := range used {
		work += "use " + strconv.Quote(checkout.Abs(dir)) + "\n"
	}
	return work
}
