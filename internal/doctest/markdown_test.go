package doctest

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// documentation returns the Go blocks of all Markdown files of a tree. That a
// README has none is an error: either it lost its example, or its fences are
// not understood.
func documentation(tr *tree.Tree) (blocks []block, err error) {
	for _, name := range tr.Files {
		if path.Ext(name) != ".md" {
			continue
		}
		text, err := tr.Read(name)
		if err != nil {
			return nil, err
		}
		found, err := goBlocks(tr.Abs(name), string(text))
		if err != nil {
			return nil, err
		}
		if name == "README.md" && len(found) == 0 {
			return nil, errors.New("README.md has no block of Go code")
		}
		blocks = append(blocks, found...)
	}
	return blocks, nil
}

// A block is a fenced block of Go code.
type block struct {
	file string // absolute
	line int    // of the first line of code
	code string
}

var fence = regexp.MustCompile("^[ \t]*(```+|~~~+)[ \t]*([^\\s`]*)[^`\n]*\n?$")

// goBlocks returns the Go blocks of a Markdown file.
func goBlocks(file, text string) (blocks []block, err error) {
	var open string // the fence that a line is within
	var isGo bool
	var b block
	n := 0
	for line := range strings.Lines(text) {
		n++
		match := fence.FindStringSubmatch(line)
		switch {
		case open == "" && match != nil:
			open = match[1]
			isGo = strings.EqualFold(match[2], "go") || strings.EqualFold(match[2], "golang")
			b = block{file: file, line: n + 1}
		case open == "":
		case match != nil && match[2] == "" && strings.HasPrefix(match[1], open):
			if isGo {
				blocks = append(blocks, b)
			}
			open = ""
		default:
			b.code += line
		}
	}
	if open != "" {
		return nil, fmt.Errorf("%s:%d: the block is never closed", file, b.line-1)
	}
	return blocks, nil
}
