// Package lint pins the linter, as a Go tool of its own module, so that
// neither the library's requirements nor its users ever see it. Through the
// workspace it runs from the root, over all modules at once:
//
//	go tool staticcheck work
package lint
