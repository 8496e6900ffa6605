package houserules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// exportedIdentifiers finds what a user of a package can name and its
// documentation does not explain.
func exportedIdentifiers(t *testing.T, tr *tree.Tree) (breaches []string) {
	for _, p := range packages(t, tr) {
		if p.Name == "main" || p.Internal() {
			continue
		}
		for _, name := range p.Files {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, tr.Abs(name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range undocumented(file) {
				line := fset.Position(id.Pos()).Line
				breaches = append(breaches, fmt.Sprintf("%s:%d: %s has no doc comment that begins with its name", name, line, id.Name))
			}
		}
	}
	return breaches
}

func undocumented(file *ast.File) (ids []*ast.Ident) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && receiverExported(decl) && !names(decl.Doc, decl.Name) {
				ids = append(ids, decl.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					ids = append(ids, undocumentedType(decl, spec)...)
				case *ast.ValueSpec:
					ids = append(ids, undocumentedValue(decl, spec)...)
				}
			}
		}
	}
	return ids
}

func undocumentedType(decl *ast.GenDecl, spec *ast.TypeSpec) (ids []*ast.Ident) {
	if !spec.Name.IsExported() {
		return nil
	}
	doc := spec.Doc
	if !decl.Lparen.IsValid() {
		doc = decl.Doc
	}
	if !names(doc, spec.Name) {
		ids = append(ids, spec.Name)
	}
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		ids = append(ids, undocumentedFields(typ.Fields)...)
	case *ast.InterfaceType:
		ids = append(ids, undocumentedFields(typ.Methods)...)
	}
	return ids
}

// undocumentedFields returns the exported fields or methods without any
// comment. It need not begin with the name: "0 means no limit" is a fine
// comment for a field. What is embedded is documented where it is declared.
func undocumentedFields(fields *ast.FieldList) (ids []*ast.Ident) {
	for _, field := range fields.List {
		if field.Doc == nil && field.Comment == nil {
			ids = append(ids, exported(field.Names)...)
		}
	}
	return ids
}

// undocumentedValue returns the exported constants or variables of a spec
// without any comment. The comment of a group speaks for all in it; one that
// stands alone is introduced by name.
func undocumentedValue(decl *ast.GenDecl, spec *ast.ValueSpec) []*ast.Ident {
	ids := exported(spec.Names)
	switch {
	case len(ids) == 0:
		return nil
	case !decl.Lparen.IsValid() && names(decl.Doc, ids[0]):
		return nil
	case decl.Lparen.IsValid() && (decl.Doc != nil || spec.Doc != nil || spec.Comment != nil):
		return nil
	}
	return ids
}

func exported(ids []*ast.Ident) []*ast.Ident {
	return slices.DeleteFunc(slices.Clone(ids), func(id *ast.Ident) bool { return !id.IsExported() })
}

// names reports whether a doc comment begins with the identifier, perhaps
// after an article.
func names(doc *ast.CommentGroup, id *ast.Ident) bool {
	words := strings.Fields(doc.Text())
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return len(words) > 0 && strings.TrimRight(words[0], ",.:;") == id.Name
}

// receiverExported reports whether a function is none of a hidden type's.
func receiverExported(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	typ := decl.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.ParenExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return false
		}
	}
}

var brokenExports = []broken{{
	rule: "exported identifiers",
	files: map[string]string{
		"a/a.go": `package a

const Alone = 1

// It is wrong.
const Wrong = 1

const (
	InGroup = 1
	Line    = 2 // Line has a comment.
)

// Errors of this package.
var (
	ErrA = 1
	ErrB = 2
)

func F() {}

// This is G.
func G() {}

type T struct {
	Field  int
	Line   int // a comment is enough
	X, Y   int
	hidden int
	U
}

type (
	// An U is documented.
	U int
	V int
)

// I is documented.
type I interface {
	M()
	// N does something.
	N()
}

func (T) M() {}

func (t *P[K]) N() {}

// P is generic.
type P[K any] struct{}

type hidden struct{ Field int }

func (hidden) M() {}
func unexported() {}
`,
		"a/a_test.go":         "package a\n\nfunc Helper() {}\n",
		"a/internal/b/b.go":   "package b\n\nfunc F() {}\n",
		"cmd/program/main.go": "package main\n\nfunc F() {}\n",
	},
	want: []string{
		"a/a.go:3: Alone has no doc comment that begins with its name",
		"a/a.go:6: Wrong has no doc comment that begins with its name",
		"a/a.go:9: InGroup has no doc comment that begins with its name",
		"a/a.go:19: F has no doc comment that begins with its name",
		"a/a.go:22: G has no doc comment that begins with its name",
		"a/a.go:24: T has no doc comment that begins with its name",
		"a/a.go:25: Field has no doc comment that begins with its name",
		"a/a.go:27: X has no doc comment that begins with its name",
		"a/a.go:27: Y has no doc comment that begins with its name",
		"a/a.go:35: V has no doc comment that begins with its name",
		"a/a.go:40: M has no doc comment that begins with its name",
		"a/a.go:45: M has no doc comment that begins with its name",
		"a/a.go:47: N has no doc comment that begins with its name",
	},
}}
