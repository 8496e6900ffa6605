// Package accountstest tests the accounts of package auth on every engine, beside
// sessions on the same connections. It is a module of its own, and internal: the
// engines' drivers and test servers would otherwise be requirements of auth, and so
// of each program that imports it.
package accountstest
