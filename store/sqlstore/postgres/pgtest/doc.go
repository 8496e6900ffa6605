// Package pgtest starts PostgreSQL servers for tests: a cluster of its own in a
// temporary directory, on a free port of the loopback interface, with a random
// password. The installed server program is used, but never a server that the
// machine runs already. A server dies with the test binary that has started it.
//
// A test binary usually needs one, which a [Shared] starts with the first test
// that asks for it; tests that stop or pause a server [Start] one of their own.
//
// Where no server program is installed a test is skipped, or fails if CI is set.
package pgtest
