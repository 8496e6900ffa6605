package border

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// page holds the code blocks of docs/migrate-from-express.md.
type page []block

type block struct {
	language, text string
}

// readPage reads the page.
func readPage(t *testing.T) page {
	t.Helper()
	text, err := os.ReadFile("../../docs/migrate-from-express.md")
	check(t, err)
	var p page
	open := false
	for line := range strings.Lines(string(text)) {
		language, fence := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "```")
		switch {
		case fence && !open:
			p = append(p, block{language: language})
			open = true
		case fence:
			open = false
		case open:
			p[len(p)-1].text += line
		}
	}
	if open {
		t.Fatal("a block of the page has no end")
	}
	return p
}

// of returns the blocks of a language.
func (p page) of(language string) (texts []string) {
	for _, b := range p {
		if b.language == language {
			texts = append(texts, b.text)
		}
	}
	return texts
}

// config returns the one block of nginx's configuration whose first line says
// that it is this one.
func (p page) config(t *testing.T, name string) string {
	t.Helper()
	var found []string
	for _, text := range p.of("nginx") {
		if first, _, _ := strings.Cut(text, "\n"); first == "# "+name {
			found = append(found, text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the page has %d blocks called %q, not one", len(found), name)
	}
	return found[0]
}

// TestPage: what the page quotes is what runs here.
func TestPage(t *testing.T) {
	t.Parallel()
	p := readPage(t)
	for _, c := range []struct {
		language string
		files    string
		blocks   int // at least
		quote    func(source string) string
	}{
		{"go", "shop/*.go", 4, func(source string) string {
			_, rest, _ := strings.Cut(source, "package main\n\n")
			return rest
		}},
		{"js", "express/*.js", 1, func(source string) string { return source }},
	} {
		files, err := filepath.Glob(c.files)
		check(t, err)
		sources := map[string]bool{}
		for _, file := range files {
			source, err := os.ReadFile(file)
			check(t, err)
			sources[c.quote(string(source))] = true
		}
		blocks := p.of(c.language)
		if len(blocks) < c.blocks {
			t.Errorf("the page has %d blocks of %s, not %d", len(blocks), c.language, c.blocks)
		}
		for _, text := range blocks {
			if !sources[text] {
				t.Errorf("the page quotes something that is in none of %s as it is:\n%s", c.files, text)
			}
		}
	}
}

// TestVersions: the page names the versions that run here.
func TestVersions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/migrate-from-express.md")
	check(t, err)
	words := strings.Join(strings.Fields(string(text)), " ")
	packages, err := os.ReadFile("../package.json")
	check(t, err)
	var installed struct{ Dependencies map[string]string }
	check(t, json.Unmarshal(packages, &installed))
	for _, name := range []string{"express", "express-session", "connect-redis", "passport", "passport-local", "bcrypt"} {
		if is := name + " " + installed.Dependencies[name]; !strings.Contains(words, " "+is) {
			t.Errorf("the page does not say that it was tested with %s", is)
		}
	}
}

// TestConfigurations has nginx test each configuration of the page.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	p := readPage(t)
	n := newNginx(t, p, 3000, 3001)
	tested := 1 // the site itself
	for _, step := range steps {
		n.routes(step)
		tested++
	}
	if all := len(p.of("nginx")); all != tested {
		t.Errorf("of the page's %d configurations, %d are tested", all, tested)
	}
}

// steps are those of the page, in order.
var steps = []string{"step 0", "step 1", "step 2", "step 3", "step 4"}
