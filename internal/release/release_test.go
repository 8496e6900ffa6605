package release

import (
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every package once more")
	}
	checkout, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	tried := try(t, checkout, func(path string, err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if tried == 0 {
		t.Error("there is nothing to release")
	}
}

// try has a user import each public package and install each program of a
// tree, and reports how each went.
func try(t *testing.T, tr *tree.Tree, report func(path string, err error)) (tried int) {
	t.Helper()
	u, err := newUser(tr, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	modules, err := published(tr)
	if err != nil {
		t.Fatal(err)
	}
	all, err := tr.Modules()
	if err != nil {
		t.Fatal(err)
	}
	packages, err := tr.Packages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		owner := tree.Owner(all, p.Dir)
		released := slices.ContainsFunc(modules, func(m tree.Module) bool { return m.Dir == owner.Dir })
		switch {
		case !released || p.Internal() || len(p.Files) == 0:
			continue
		case p.Name != "main":
			report(p.Path, u.imports(p, owner))
		case strings.HasPrefix(p.Dir, "cmd/"):
			report(p.Path, u.installs(p))
		default:
			continue // examples and the like are read, not installed
		}
		tried++
	}
	return tried
}

// The smallest tree with all that matters: a package in the root module, one
// in a module below it, and a program in a module that uses both.
func small() map[string]string {
	const require = "\n\ngo 1.26\n\nrequire " + tree.Path + " v0.0.0\n\nreplace " + tree.Path
	return map[string]string{
		"go.work":              "go 1.26\n\nuse (\n\t.\n\t./auth\n\t./cmd/sojourn\n\t./internal/lint\n)\n",
		"go.mod":               "module " + tree.Path + "\n\ngo 1.26\n",
		"session/s.go":         "package session\n",
		"internal/i/i.go":      "package i\n",
		"internal/lint/go.mod": "module " + tree.Path + "/internal/lint\n\ngo 1.26\n",
		"internal/lint/l.go":   "package lint\n",
		"auth/go.mod":          "module " + tree.Path + "/auth" + require + " => ..\n",
		"auth/a.go":            "package auth\n\nimport _ \"" + tree.Path + "/session\"\n",
		"auth/example/main.go": "package main\n\nfunc main() { missing() }\n",
		"cmd/sojourn/go.mod": "module " + tree.Path + "/cmd/sojourn" + require + " => ../..\n" +
			"\nrequire " + tree.Path + "/auth v0.0.0\n\nreplace " + tree.Path + "/auth => ../../auth\n",
		"cmd/sojourn/main.go": "package main\n\nimport _ \"" + tree.Path + "/auth\"\n\nfunc main() { println(\"usage\") }\n",
	}
}

func TestSmallTrees(t *testing.T) {
	if testing.Short() {
		t.Skip("builds many small modules")
	}
	const (
		session = tree.Path + "/session"
		auth    = tree.Path + "/auth"
		sojourn = tree.Path + "/cmd/sojourn"
		lint    = tree.Path + "/internal/lint"
	)
	for name, test := range map[string]struct {
		change map[string]string
		want   map[string]string // by path, part of its error
	}{
		"works": {
			want: map[string]string{session: "", auth: "", sojourn: ""},
		},
		"a file is not tracked": {
			change: map[string]string{"auth/embed.go": "package auth\n\nimport _ \"embed\"\n\n//go:embed page.html\nvar page string\n"},
			want:   map[string]string{session: "", auth: "no matching files found", sojourn: "no matching files found"},
		},
		"a requirement is not released": {
			change: map[string]string{
				"auth/go.mod": "module " + auth + "\n\ngo 1.26\n\nrequire " + lint + " v0.0.0\n\nreplace " + lint + " => ../internal/lint\n",
				"auth/a.go":   "package auth\n\nimport _ \"" + lint + "\"\n",
			},
			want: map[string]string{session: "", auth: lint, sojourn: lint},
		},
		"the root requires a module": {
			change: map[string]string{
				"go.mod":       "module " + tree.Path + "\n\ngo 1.26\n\nrequire " + auth + " v0.0.0\n\nreplace " + auth + " => ./auth\n",
				"auth/go.mod":  "module " + auth + "\n\ngo 1.26\n",
				"auth/a.go":    "package auth\n",
				"session/s.go": "package session\n\nimport _ \"" + auth + "\"\n",
			},
			want: map[string]string{session: "requires [" + tree.Path + " " + auth + "], want", auth: "", sojourn: ""},
		},
		"the program fails": {
			change: map[string]string{"cmd/sojourn/main.go": "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(3) }\n"},
			want:   map[string]string{session: "", auth: "", sojourn: "exit status 3"},
		},
		"the program is silent": {
			change: map[string]string{"cmd/sojourn/main.go": "package main\n\nfunc main() {}\n"},
			want:   map[string]string{session: "", auth: "", sojourn: "--help says nothing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files := small()
			for name, text := range test.change {
				files[name] = text
			}
			tr, err := tree.Write(t.TempDir(), files)
			if err != nil {
				t.Fatal(err)
			}
			tried := try(t, tr, func(path string, err error) {
				want, known := test.want[path]
				switch {
				case !known:
					t.Errorf("%s was tried: %v", path, err)
				case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
					t.Errorf("%s: error %v, want %q", path, err, want)
				}
			})
			if tried != len(test.want) {
				t.Errorf("tried %d paths, want %d", tried, len(test.want))
			}
		})
	}
}
