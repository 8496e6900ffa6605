// Package tree reads the checkout for the tests that judge it as a whole: the
// files that git tracks, the modules and packages among them.
//
// Only tracked files count. What else lies in a working copy, such as data of
// a running program, is nobody's business; a new file counts once it is added.
package tree

import (
	"bytes"
	"cmp"
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Path is the path of the root module; every other module is below it.
const Path = "github.com/sojourn-dev/sojourn"

// A Tree is a directory and the files in it that count.
type Tree struct {
	Root  string   // absolute
	Files []string // relative to Root, with slashes, sorted
}

// Open returns the tracked tree of the checkout that holds the working
// directory, which for a test is the directory of its package.
func Open() (*Tree, error) {
	root, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	t := &Tree{Root: strings.TrimSpace(root)}
	list, err := git("-C", t.Root, "ls-files", "-z")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		// Git still lists a file that was deleted but not yet staged.
		if _, err := os.Lstat(t.Abs(name)); err == nil {
			t.Files = append(t.Files, name)
		}
	}
	slices.Sort(t.Files)
	t.Files = slices.Compact(t.Files) // amid a merge, git lists each side
	return t, nil
}

func git(args ...string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("git", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, &stderr)
	}
	return string(out), nil
}

// Write makes a tree of the given files below root, which must exist.
func Write(root string, files map[string]string) (*Tree, error) {
	t := &Tree{Root: root}
	for name, text := range files {
		t.Files = append(t.Files, name)
		if err := os.MkdirAll(filepath.Dir(t.Abs(name)), 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(t.Abs(name), []byte(text), 0o666); err != nil {
			return nil, err
		}
	}
	slices.Sort(t.Files)
	return t, nil
}

// Abs returns where the named file is.
func (t *Tree) Abs(name string) string {
	return filepath.Join(t.Root, filepath.FromSlash(name))
}

// Read returns what is in the named file.
func (t *Tree) Read(name string) ([]byte, error) {
	return os.ReadFile(t.Abs(name))
}

// Has reports whether the named file is in the tree.
func (t *Tree) Has(name string) bool {
	_, found := slices.BinarySearch(t.Files, name)
	return found
}

// A Package is the Go package of one directory.
type Package struct {
	Dir   string // "." is the root
	Path  string // what an import says
	Name  string // without _test, also where all files are tests
	Files []string
	Tests []string
}

// Internal reports whether only this repository can import the package.
func (p Package) Internal() bool {
	return slices.Contains(strings.Split(p.Path, "/"), "internal")
}

// Packages returns all packages of the tree in order of their directories.
// As for the go command, testdata is no package, nor is what starts with _ or
// a dot, and neither is a file that is constrained to be ignored.
func (t *Tree) Packages() ([]Package, error) {
	dirs := make(map[string]*Package)
	for _, name := range t.Files {
		if path.Ext(name) != ".go" || hidden(name) {
			continue
		}
		src, err := t.Read(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.PackageClauseOnly)
		if err != nil {
			return nil, err
		}
		if ignored(src) {
			continue
		}
		dir := path.Dir(name)
		p := dirs[dir]
		if p == nil {
			p = &Package{Dir: dir, Path: path.Join(Path, dir)}
			dirs[dir] = p
		}
		if strings.HasSuffix(name, "_test.go") {
			p.Tests = append(p.Tests, name)
			p.Name = cmp.Or(p.Name, strings.TrimSuffix(file.Name.Name, "_test"))
		} else {
			p.Files = append(p.Files, name)
			p.Name = file.Name.Name
		}
	}
	var packages []Package
	for _, p := range dirs {
		packages = append(packages, *p)
	}
	slices.SortFunc(packages, func(a, b Package) int { return cmp.Compare(a.Dir, b.Dir) })
	return packages, nil
}

func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "testdata" || part[0] == '_' || part[0] == '.' {
			return true
		}
	}
	return false
}

func ignored(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "package ") {
			break
		}
		if expr, err := constraint.Parse(strings.TrimSpace(line)); err == nil && expr.String() == "ignore" {
			return true
		}
	}
	return false
}
