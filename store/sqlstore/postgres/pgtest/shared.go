package pgtest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// Shared is a server for all tests of a binary. The zero value is ready to use:
// the server starts when the first test asks for a database. It is safe for
// concurrent use.
type Shared struct {
	once      sync.Once
	server    *Server
	err       error
	databases atomic.Int64
}

// Server returns the server. A test for which there is none is skipped or fails.
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() { s.server, s.err = newServer(nil) })
	failOrSkip(t, s.err)
	return s.server
}

// Database creates an empty database and returns its URL. The options are those
// of CREATE DATABASE, such as "LOCALE_PROVIDER icu".
func (s *Shared) Database(t testing.TB, options ...string) string {
	t.Helper()
	return s.Server(t).Database(t, fmt.Sprintf("test%d", s.databases.Add(1)), options...)
}

// Stop ends the server, if there is one. It belongs at the end of TestMain.
func (s *Shared) Stop() {
	s.once.Do(func() {})
	if s.server != nil {
		s.server.Stop()
	}
}
