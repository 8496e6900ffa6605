package session

import (
	"context"
	"io"
	"net/http"
)

// The ResponseWriter that a handler gets: the exchange, in the shape that has
// just the optional interfaces of the writer below, and CloseNotify always. Each shape is one pointer,
// so that making it an interface does not allocate.
type (
	plainWriter  struct{ *exchange }
	flushWriter  struct{ plainWriter }
	hijackWriter struct{ plainWriter }
	http1Writer  struct{ flushWriter }
	http2Writer  struct{ flushWriter }
)

var (
	_ io.StringWriter = plainWriter{}
	_ http.Flusher    = flushWriter{}
	_ http.Hijacker   = hijackWriter{}
	_ http.Flusher    = http1Writer{}
	_ http.Hijacker   = http1Writer{}
	_ io.ReaderFrom   = http1Writer{}
	_ http.Flusher    = http2Writer{}
	_ http.Pusher     = http2Writer{}
)

// writer returns the shape for the writer below. Flusher and Hijacker are
// looked for through Unwrap too: http.ResponseController would find them there
// and send the header past us.
func (x *exchange) writer() http.ResponseWriter {
	plain := plainWriter{x}
	_, pusher := x.w.(http.Pusher)
	switch flusher, hijacker := canFlush(x.w), canHijack(x.w); {
	case flusher && hijacker:
		return http1Writer{flushWriter{plain}}
	case flusher && pusher:
		return http2Writer{flushWriter{plain}}
	case flusher:
		return flushWriter{plain}
	case hijacker:
		return hijackWriter{plain}
	}
	return plain
}

func canFlush(w http.ResponseWriter) bool {
	switch w := w.(type) {
	case http.Flusher, interface{ FlushError() error }:
		return true
	case interface{ Unwrap() http.ResponseWriter }:
		return canFlush(w.Unwrap())
	}
	return false
}

func canHijack(w http.ResponseWriter) bool {
	switch w := w.(type) {
	case http.Hijacker:
		return true
	case interface{ Unwrap() http.ResponseWriter }:
		return canHijack(w.Unwrap())
	}
	return false
}

func (w plainWriter) Header() http.Header { return w.header() }

// WriteHeader lets informational responses pass: they are not the header. 101
// is, for nothing follows it.
func (w plainWriter) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols || w.begin(status) {
		w.w.WriteHeader(status)
	}
}

func (w plainWriter) Write(p []byte) (int, error) {
	if !w.begin(http.StatusOK) {
		return 0, w.failure
	}
	return w.w.Write(p)
}

func (w plainWriter) WriteString(s string) (int, error) {
	if !w.begin(http.StatusOK) {
		return 0, w.failure
	}
	return io.WriteString(w.w, s)
}

// CloseNotify tells when the request is over or its client has gone, as
// the request's context does. Nobody should ask for it any more, but Gin's
// Context.Stream panics where it is missing.
func (w plainWriter) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(w.Context, func() { gone <- true })
	return gone
}

// Unwrap is for http.ResponseController, which sets deadlines through it.
func (w plainWriter) Unwrap() http.ResponseWriter { return w.w }

func (w flushWriter) Flush() { _ = w.FlushError() }

func (w flushWriter) FlushError() error {
	if !w.begin(http.StatusOK) {
		return w.failure
	}
	return http.NewResponseController(w.w).Flush()
}
