package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path"
	"strings"
)

// A Module is what its go.mod says.
type Module struct {
	Dir     string // "." is the root
	Path    string
	Go      string
	Require []string // paths
	Replace []string // paths that are replaced
}

// Modules returns the modules of the tree in order of their go.mod files.
func (t *Tree) Modules() ([]Module, error) {
	var modules []Module
	for _, name := range t.Files {
		if path.Base(name) != "go.mod" || hidden(name) {
			continue
		}
		var mod struct {
			Module  struct{ Path string }
			Go      string
			Require []struct{ Path string }
			Replace []struct{ Old struct{ Path string } }
		}
		if err := goEdit(&mod, "mod", t.Abs(name)); err != nil {
			return nil, err
		}
		m := Module{Dir: path.Dir(name), Path: mod.Module.Path, Go: mod.Go}
		for _, r := range mod.Require {
			m.Require = append(m.Require, r.Path)
		}
		for _, r := range mod.Replace {
			m.Replace = append(m.Replace, r.Old.Path)
		}
		modules = append(modules, m)
	}
	return modules, nil
}

// Workspace returns the directories that go.work uses, as Module.Dir names
// them.
func (t *Tree) Workspace() ([]string, error) {
	var work struct {
		Use []struct{ DiskPath string }
	}
	if err := goEdit(&work, "work", t.Abs("go.work")); err != nil {
		return nil, err
	}
	var dirs []string
	for _, use := range work.Use {
		dirs = append(dirs, path.Clean(use.DiskPath))
	}
	return dirs, nil
}

// Owner returns the module that the named file or directory belongs to: the
// nearest one above it. It is the zero Module when there is none.
func Owner(modules []Module, name string) Module {
	var owner Module
	for _, m := range modules {
		within := m.Dir == "." || name == m.Dir || strings.HasPrefix(name, m.Dir+"/")
		if within && (owner.Dir == "" || owner.Dir == "." || len(m.Dir) > len(owner.Dir)) {
			owner = m
		}
	}
	return owner
}

func goEdit(v any, kind, file string) error {
	var stderr bytes.Buffer
	cmd := exec.Command("go", kind, "edit", "-json", file)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go %s edit -json %s: %w: %s", kind, file, err, &stderr)
	}
	return json.Unmarshal(out, v)
}
