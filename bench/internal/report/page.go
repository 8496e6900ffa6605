// Package report writes the page that shows what was measured: sections of
// Markdown with tables, and plots as SVG beside it.
package report

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Section is a part of the page that comes from one run.
type Section struct {
	// Name tells it from others and gives it its place, see [Order].
	Name string
	// Title is its heading.
	Title string
	// Body is Markdown. It refers to the plots with [Section.Plot].
	Body strings.Builder
	// Plots are SVG files by their name without extension.
	Plots map[string]string
}

// Order is the order of sections on the page.
var Order = []string{"in-process", "scaling", "correctness", "scale", "end-to-end", "costs"}

const (
	page  = "benchmarks.md"
	plots = "benchmarks"
)

const preface = `# Measured beside its peers

` + "`make bench`" + ` measures everything on this page and writes it; nothing here is written by hand. A section stands as it was
measured last, by the run that is named below its title: times of one section may be compared with each other, but not with
those of another. Read ratios first. Times depend on the machine; how two libraries compare depends on it far less.

Each library serves the same small application, in its own framework and with the in-memory store that it comes with,
where a section does not name an engine. A session holds three small keys. The source is in ` + "`bench/internal/app`" + `, and tests there show that each does what is asked of it.
`

// Add adds a plot and refers to it where the body has got to.
func (s *Section) Add(name, alt, svg string) {
	if s.Plots == nil {
		s.Plots = make(map[string]string)
	}
	s.Plots[name] = svg
	fmt.Fprintf(&s.Body, "![%s](%s/%s.svg)\n\n", alt, plots, name)
}

// Printf adds text to the body.
func (s *Section) Printf(format string, args ...any) { fmt.Fprintf(&s.Body, format, args...) }

// Write writes sections, all from one run that stamp describes, into the page
// and the plots in dir. Sections that are on the page already and not among
// these stay as they are.
func Write(dir, stamp string, sections []*Section) error {
	old, err := os.ReadFile(filepath.Join(dir, page))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	kept := parse(string(old))
	for _, s := range sections {
		kept[s.Name] = fmt.Sprintf("## %s\n\n%s\n\n%s\n", s.Title, stamp, strings.TrimSpace(s.Body.String()))
	}
	if err := os.MkdirAll(filepath.Join(dir, plots), 0o755); err != nil {
		return err
	}
	for _, s := range sections {
		for name, svg := range s.Plots {
			if err := os.WriteFile(filepath.Join(dir, plots, name+".svg"), []byte(svg), 0o644); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, page), []byte(compose(kept)), 0o644)
}

var marked = regexp.MustCompile(`(?s)<!-- section ([a-z-]+) -->\n\n(.*?)\n<!-- end of ([a-z-]+) -->`)

// parse returns the sections of a page.
func parse(text string) map[string]string {
	sections := make(map[string]string)
	for _, match := range marked.FindAllStringSubmatch(text, -1) {
		if match[1] == match[3] {
			sections[match[1]] = match[2]
		}
	}
	return sections
}

func compose(sections map[string]string) string {
	var names []string
	for name := range sections {
		names = append(names, name)
	}
	place := func(name string) int {
		if i := slices.Index(Order, name); i >= 0 {
			return i
		}
		return len(Order)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := place(a) - place(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var b strings.Builder
	b.WriteString(preface)
	for _, name := range names {
		fmt.Fprintf(&b, "\n<!-- section %s -->\n\n%s\n<!-- end of %s -->\n", name, sections[name], name)
	}
	return b.String()
}
