package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Do sends a command and returns the reply: a string, an int64, nil, or a []any of
// these. An error fails the test.
func (s *Server) Do(args ...string) any {
	s.t.Helper()
	v, err := s.TryDo(args...)
	if err != nil {
		s.t.Fatalf("%s: %v", args[0], err)
	}
	return v
}

// TryDo is Do with the error returned.
func (s *Server) TryDo(args ...string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		conn, err := net.DialTimeout("tcp", s.Addr(), patience)
		if err != nil {
			return nil, err
		}
		s.conn, s.r = conn, bufio.NewReader(conn)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	s.conn.SetDeadline(time.Now().Add(patience))
	_, err := io.WriteString(s.conn, b.String())
	var v any
	if err == nil {
		v, err = readReply(s.r)
	}
	var answer answerError
	if err != nil && !errors.As(err, &answer) {
		s.conn.Close()
		s.conn = nil
	}
	return v, err
}

func (s *Server) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

// answerError is an error that the server answers with.
type answerError string

func (e answerError) Error() string { return string(e) }

// readReply reads a reply of version 2 of the protocol.
func readReply(r *bufio.Reader) (any, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], strings.TrimRight(line[1:], "\r\n")
	n, numErr := strconv.ParseInt(text, 10, 64)
	switch {
	case kind == '+':
		return text, nil
	case kind == '-':
		return nil, answerError(text)
	case numErr != nil:
		return nil, fmt.Errorf("reply %q", line)
	case kind == ':':
		return n, nil
	case n < 0:
		return nil, nil
	case kind == '$':
		data := make([]byte, n+2)
		_, err := io.ReadFull(r, data)
		return string(data[:n]), err
	}
	list := make([]any, n)
	for i := range list {
		if list[i], err = readReply(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Info returns one field of INFO.
func (s *Server) Info(section, name string) string {
	s.t.Helper()
	for line := range strings.Lines(s.Do("INFO", section).(string)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Calls returns how often the server has executed each command, those in scripts
// included, by the names of INFO commandstats.
func (s *Server) Calls() map[string]int {
	s.t.Helper()
	calls := map[string]int{}
	for line := range strings.Lines(s.Do("INFO", "commandstats").(string)) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if ok {
			number, _, _ := strings.Cut(rest, ",")
			calls[name], _ = strconv.Atoi(number)
		}
	}
	return calls
}

// WaitFor waits until a condition holds, and fails the test if it never does.
func (s *Server) WaitFor(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		if time.Now().After(deadline) {
			s.t.Fatalf("still not: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
