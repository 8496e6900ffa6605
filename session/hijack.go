package session

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// Hijack stores what was changed before it hands over the connection. Whoever
// takes it writes a header of his own, so a cookie cannot be set any more:
// unless WriteHeader was called before, only an existing session is stored, and
// only if it keeps its id.
func (w hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

// Hijack is that of hijackWriter.
func (w http1Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (x *exchange) hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !x.beginHijack() {
		return nil, nil, x.failure
	}
	return http.NewResponseController(x.w).Hijack()
}

// ReadFrom leads to the writer below, which may have the kernel copy files.
func (w http1Writer) ReadFrom(src io.Reader) (int64, error) {
	if !w.begin(http.StatusOK) {
		return 0, w.failure
	}
	return io.Copy(w.w, src)
}

// Push is that of the writer below.
func (w http2Writer) Push(target string, opts *http.PushOptions) error {
	return w.w.(http.Pusher).Push(target, opts)
}

// beginHijack is begin for a connection that is about to be taken over.
func (x *exchange) beginHijack() bool {
	if x.committed {
		return x.failure == nil
	}
	x.committed = true
	s := x.sendHeader()
	if s == nil {
		return true
	}
	err := s.commitLate()
	switch {
	case errors.Is(err, ErrHeaderSent):
		x.m.o.Logger.ErrorContext(x, "session: a cookie cannot reach the browser, so the session was not stored: call WriteHeader before Hijack", "err", err)
	case err != nil:
		x.replace(err)
	}
	return x.failure == nil
}
