// Package houserules tests what holds for the repository as a whole and no
// compiler or linter looks at:
//
//   - every package has a comment that says what it is, and a name that does;
//   - every exported identifier that a user can reach is documented, fields
//     and interface methods included;
//   - modules carry the path of their directory and ask for Go 1.26, the root
//     module requires nothing, and the workspace uses all modules but bench;
//   - the licence is in place, and no file tells of the machine it was made
//     on or of where modules and packages are fetched from.
//
// Each rule comes with trees that break it, so that no rule is one that
// cannot fail.
package houserules
