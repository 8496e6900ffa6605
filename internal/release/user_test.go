package release

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// A user is somebody with a Go command, an empty module cache and a proxy
// that has the release.
type user struct {
	dir string // where consumers are written and programs installed
	env []string
}

// newUser publishes the tree and returns a user of it. Everything that is
// written goes below dir.
func newUser(tr *tree.Tree, dir string) (*user, error) {
	proxy := filepath.Join(dir, "proxy")
	if err := publish(tr, proxy); err != nil {
		return nil, err
	}
	cache, err := fillCache(tr)
	if err != nil {
		return nil, err
	}
	return &user{dir: dir, env: append(os.Environ(),
		"GOPROXY="+fileURL(proxy)+","+fileURL(cache),
		"GOENV=off", // no setting of the developer's, such as a private path, goes around the proxy
		"GOPRIVATE=",
		"GONOPROXY=",
		"GOSUMDB=off", // our sums are in no database; those of others were checked on their way into the cache
		"GOWORK=off",
		"GOBIN="+filepath.Join(dir, "bin"),
		"GOMODCACHE="+filepath.Join(dir, "modules"),
		// A read-only cache could not be removed. Trimmed paths let the build
		// cache know packages again in the module cache of the next run.
		"GOFLAGS=-modcacherw -trimpath",
	)}, nil
}

// fillCache sees to it that the module cache has what the published modules
// require, and returns where it keeps it in the layout of a proxy.
func fillCache(tr *tree.Tree) (string, error) {
	modules, err := published(tr)
	if err != nil {
		return "", err
	}
	env := append(os.Environ(), "GOWORK=off")
	for _, m := range modules {
		if _, err := run(tr.Abs(m.Dir), env, "go", "mod", "download"); err != nil {
			return "", err
		}
	}
	cache, err := run(tr.Root, env, "go", "env", "GOMODCACHE")
	return filepath.Join(strings.TrimSpace(cache), "cache", "download"), err
}

func fileURL(dir string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}
	return u.String()
}

// imports gets a package into an empty module and builds it. A package of the
// root module must not bring the requirement of any other.
func (u *user) imports(p tree.Package, owner tree.Module) error {
	dir, err := os.MkdirTemp(u.dir, "consumer")
	if err != nil {
		return err
	}
	consumer, err := tree.Write(dir, map[string]string{
		"go.mod":  "module example.com/consumer\n\ngo 1.26\n",
		"main.go": fmt.Sprintf("package main\n\nimport _ %q\n\nfunc main() {}\n", p.Path),
	})
	if err != nil {
		return err
	}
	if _, err := run(dir, u.env, "go", "get", p.Path+"@"+version); err != nil {
		return err
	}
	if _, err := run(dir, u.env, "go", "build", "-o", os.DevNull, "."); err != nil {
		return err
	}
	modules, err := consumer.Modules()
	if err != nil {
		return err
	}
	if required := modules[0].Require; owner.Dir == "." && !slices.Equal(required, []string{tree.Path}) {
		return fmt.Errorf("a user of %s requires %v, want %s only", p.Path, required, tree.Path)
	}
	return nil
}

// installs installs a program and asks it for help.
func (u *user) installs(p tree.Package) error {
	if _, err := run(u.dir, u.env, "go", "install", p.Path+"@"+version); err != nil {
		return err
	}
	program := filepath.Join(u.dir, "bin", filepath.Base(p.Path))
	out, err := run(u.dir, u.env, program, "--help")
	if err == nil && out == "" {
		err = errors.New(p.Path + " --help says nothing")
	}
	return err
}

// run returns what a command printed to both outputs. An error has that too.
func run(dir string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out), err
}
