// Package doctest compiles the Go code in the repository's Markdown files, so
// that what a reader copies is what works.
//
// Every fenced block marked as Go is compiled, each by itself; nothing is
// skipped. A block is one of three things:
//
//   - a complete file, which begins with its package clause;
//   - declarations, with or without imports;
//   - statements, which become the body of a function.
//
// Declarations and statements may leave out their imports: a package that
// they use and do not declare is found by name among this repository's
// packages and those listed in imports_test.go. Apart from that a block
// declares what it uses. A variable that is declared among its outermost
// statements need not be used.
//
// Errors carry the line in the Markdown file.
package doctest
