package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sojourn-dev/sojourn/interop/node"
)

func TestStart(t *testing.T) {
	t.Parallel()
	p := node.Start(t, "testdata/echo.js", "GREETING=hello")
	if p.Ready != "ready function hello" {
		t.Errorf("the first line is %q", p.Ready)
	}
	for _, line := range []string{"one", "two"} {
		if err := p.WriteLine(line); err != nil {
			t.Fatal(err)
		}
	}
	if one, two := p.ReadLine(), p.ReadLine(); one != "ONE" || two != "TWO" {
		t.Errorf("answers %q, %q", one, two)
	}
	p.Stop()
	p.Stop()
	if line := p.ReadLine(); line != "" {
		t.Errorf("after the end: %q", line)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	if got := node.Run(t, "testdata/echo.js", "one\n", "GREETING=x"); got != "ready function x\nONE\n" {
		t.Errorf("printed %q", got)
	}
}

// TestPackages: CI has the packages, of the versions that are asked for.
func TestPackages(t *testing.T) {
	t.Parallel()
	if _, err := node.Find(); err != nil {
		if !errors.Is(err, node.ErrMissing) {
			t.Fatal(err)
		}
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if _, err := os.Stat(filepath.Join(node.Dir(), "node_modules", "express-session", "package.json")); err != nil {
		t.Error(err)
	}
}
