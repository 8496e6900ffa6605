package doctest

import (
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

func TestMarkdown(t *testing.T) {
	checkout, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := documentation(checkout)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) == 0 {
		t.Log("no Markdown file has a block of Go code")
		return
	}
	if problems := build(t, checkout, blocks); problems != "" {
		t.Error(problems)
	}
}

func TestDocumentation(t *testing.T) {
	const block = "```go\nx := 1\n```\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  int
		err   string
	}{
		"all files":         {map[string]string{"README.md": block, "docs/a/b.md": block + "\n" + block, "c.txt": block}, 3, ""},
		"no README":         {map[string]string{"docs/a.md": block}, 1, ""},
		"README without Go": {map[string]string{"README.md": "```\nx\n```\n", "docs/a.md": block}, 0, "README.md has no block of Go code"},
		"block without end": {map[string]string{"README.md": block + "```sh\n"}, 0, "README.md:4: the block is never closed"},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := tree.Write(t.TempDir(), test.files)
			if err != nil {
				t.Fatal(err)
			}
			blocks, err := documentation(tr)
			if len(blocks) != test.want || (err == nil) != (test.err == "") || err != nil && !strings.HasSuffix(err.Error(), test.err) {
				t.Errorf("%d blocks, error %v; want %d, %s", len(blocks), err, test.want, test.err)
			}
		})
	}
}

func TestGoBlocks(t *testing.T) {
	text := strings.Join([]string{
		"# Title",
		"```go",
		"one",
		"```",
		"```sh",
		"```go",
		"```",
		"1. in a list",
		"   ~~~~ Golang title=x",
		"   two",
		"   ```",
		"   ~~~",
		"   ~~~~",
		"`go` inline, ```go too",
		"````markdown",
		"```go",
		"not this one",
		"```",
		"````",
	}, "\n")
	got, err := goBlocks("a.md", text)
	if err != nil {
		t.Fatal(err)
	}
	want := []block{
		{"a.md", 3, "one\n"},
		{"a.md", 10, "   two\n   ```\n   ~~~\n"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("blocks: %+v, want %+v", got, want)
	}
}

func TestBuild(t *testing.T) {
	checkout, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	good := []string{
		"// A program.\n\npackage main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }\n",
		"type T struct{}\n\nfunc (T) ServeHTTP(w http.ResponseWriter, r *http.Request) {}\n",
		"import web \"net/http\"\n\nvar s store.Store\nvar h web.Handler = http.NotFoundHandler()\n",
		"const key = \"k\"\nmux := http.NewServeMux() // unused\nvar a, _ = 1, 2\nvar (\n\tb int\n)\n",
		"f := func(store struct{ Store int }) int { return store.Store }\nreturn\n",
		"var s store.Store\n_, err := s.Get(context.Background(), \"id\")\nif errors.Is(err, store.ErrNotFound) {\n\tlog.Print(err)\n}\n",
	}
	bad := map[string]string{
		"mux.Handle(\"/\", nil)\n":                       "1: undefined: mux",
		"x := 1\nvar y string = x\n":                     "2:16: cannot use x",
		"package main\n":                                 "function main is undeclared",
		"import \"os\"\n\nvar x int\n":                   "1:8: \"os\" imported and not used",
		"import \"os\"\n\nos.Exit(0)\n":                  "neither declarations nor statements: /bad.md:1:1",
		"func f() {}\nf()\n":                             "neither declarations nor statements: /bad.md:1:6",
		"var s store.Shop\n":                             "1:13: undefined: store.Shop",
		"if true {\n\tunused := 1\n}\n":                  "2:2: declared and not used: unused",
		"import _ \"" + tree.Path + "/internal/tree\"\n": "use of internal package",
	}
	var blocks []block
	for _, code := range good {
		blocks = append(blocks, block{"/good.md", 1, code})
	}
	if problems := build(t, checkout, blocks); problems != "" {
		t.Errorf("good blocks: %s", problems)
	}
	for code, want := range bad {
		problems := build(t, checkout, []block{{"/bad.md", 1, code}})
		if !strings.Contains(problems, want) {
			t.Errorf("block %q: problems %q, want %q", code, problems, want)
		}
	}
}
