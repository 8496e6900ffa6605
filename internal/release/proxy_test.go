package release

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

const version = "v0.1.0-test"

// kept are the directories of modules that are no part of a release: internal ones,
// and those that are read or run in a checkout and that nobody requires.
var kept = []string{"internal/", "examples/", "interop/"}

// published returns the modules that a release consists of: those of the
// workspace but for what is kept.
func published(tr *tree.Tree) ([]tree.Module, error) {
	modules, err := tr.Modules()
	if err != nil {
		return nil, err
	}
	used, err := tr.Workspace()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(modules, func(m tree.Module) bool {
		return !slices.Contains(used, m.Dir) ||
			slices.ContainsFunc(kept, func(dir string) bool { return strings.HasPrefix(m.Dir+"/", dir) })
	}), nil
}

// publish writes the published modules into dir as the file tree of a module
// proxy. The paths of our modules are in lower case and need no escaping.
func publish(tr *tree.Tree, dir string) error {
	all, err := tr.Modules()
	if err != nil {
		return err
	}
	modules, err := published(tr)
	if err != nil {
		return err
	}
	for _, m := range modules {
		mod, err := releasedMod(tr, m)
		if err != nil {
			return err
		}
		archive, err := moduleZip(tr, all, m, mod)
		if err != nil {
			return err
		}
		at := filepath.Join(dir, filepath.FromSlash(m.Path), "@v")
		if err := os.MkdirAll(at, 0o777); err != nil {
			return err
		}
		for name, data := range map[string][]byte{
			"list":            []byte(version + "\n"),
			version + ".info": []byte(`{"Version":"` + version + `"}`),
			version + ".mod":  mod,
			version + ".zip":  archive,
		} {
			if err := os.WriteFile(filepath.Join(at, name), data, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}

// releasedMod returns the go.mod of a module as a release has it: nothing
// replaced, and our modules required in the version that is released.
func releasedMod(tr *tree.Tree, m tree.Module) ([]byte, error) {
	edit := []string{"mod", "edit", "-print"}
	for _, replaced := range m.Replace {
		edit = append(edit, "-dropreplace="+replaced)
	}
	for _, required := range m.Require {
		if required == tree.Path || strings.HasPrefix(required, tree.Path+"/") {
			edit = append(edit, "-require="+required+"@"+version)
		}
	}
	mod, err := run(tr.Abs(m.Dir), os.Environ(), "go", edit...)
	return []byte(mod), err
}

// moduleZip returns the archive of a module: its tracked files without those
// of modules below it.
func moduleZip(tr *tree.Tree, all []tree.Module, m tree.Module, mod []byte) ([]byte, error) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range tr.Files {
		if tree.Owner(all, name).Dir != m.Dir {
			continue
		}
		rel, err := filepath.Rel(filepath.FromSlash(m.Dir), filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		data := mod
		if rel != "go.mod" {
			if data, err = tr.Read(name); err != nil {
				return nil, err
			}
		}
		f, err := w.Create(path.Join(fmt.Sprintf("%s@%s", m.Path, version), filepath.ToSlash(rel)))
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return archive.Bytes(), err
}
