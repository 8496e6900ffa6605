package doctest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var packageClause = regexp.MustCompile(`(?m)\A(\s*//.*\n|\s*\n)*package `)

// source makes a Go file of a block. A line directive in front of the code
// lets errors point into the Markdown file.
func (b block) source(importable map[string]string) (string, error) {
	line := fmt.Sprintf("\n//line %s:%d:1\n", b.file, b.line)
	if packageClause.MatchString(b.code) {
		return line + b.code, nil
	}
	const clause = "package docs\n"
	declarations, _, err := parse(clause+line, b.code, "")
	if err == nil {
		return clause + imports(declarations, importable) + line + b.code, nil
	}
	const opening, closing = "func _() {", "\n}\n"
	statements, fset, err := parse(clause+opening+line, b.code, closing)
	if err != nil {
		return "", fmt.Errorf("neither declarations nor statements: %w", err)
	}
	code := useVariables(statements, fset, b.code, len(clause+opening+line))
	return clause + imports(statements, importable) + opening + line + code + closing, nil
}

func parse(before, code, after string) (*ast.File, *token.FileSet, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", before+code+after, 0)
	return file, fset, err
}

// imports returns import declarations for the packages that a file uses and
// neither declares nor imports.
func imports(file *ast.File, importable map[string]string) string {
	unresolved := make(map[*ast.Ident]bool)
	for _, id := range file.Unresolved {
		unresolved[id] = true
	}
	missing := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && unresolved[id] && importable[id.Name] != "" {
				missing[id.Name] = true
			}
		}
		return true
	})
	for _, spec := range file.Imports {
		delete(missing, importedAs(spec))
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		fmt.Fprintf(&text, "import %q\n", importable[name])
	}
	return text.String()
}

func importedAs(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	p, _ := strconv.Unquote(spec.Path.Value)
	return path.Base(p)
}

// useVariables appends to each outermost statement that declares variables
// one that uses them, for the compiler would insist on it and a reader would
// stumble over it. The code begins at the given offset of the parsed text.
func useVariables(file *ast.File, fset *token.FileSet, code string, offset int) string {
	body := file.Decls[len(file.Decls)-1].(*ast.FuncDecl).Body
	for _, stmt := range slices.Backward(body.List) {
		if ids := declared(stmt); len(ids) > 0 {
			end := fset.PositionFor(stmt.End(), false).Offset - offset
			code = code[:end] + "; _ = []any{&" + strings.Join(ids, ", &") + "}" + code[end:]
		}
	}
	return code
}

// declared returns the variables that a statement declares.
func declared(stmt ast.Stmt) (names []string) {
	var ids []*ast.Ident
	switch stmt := stmt.(type) {
	case *ast.AssignStmt:
		if stmt.Tok == token.DEFINE {
			for _, left := range stmt.Lhs {
				ids = append(ids, left.(*ast.Ident))
			}
		}
	case *ast.DeclStmt:
		if decl := stmt.Decl.(*ast.GenDecl); decl.Tok == token.VAR {
			for _, spec := range decl.Specs {
				ids = append(ids, spec.(*ast.ValueSpec).Names...)
			}
		}
	}
	for _, id := range ids {
		if id.Name != "_" {
			names = append(names, id.Name)
		}
	}
	return names
}
