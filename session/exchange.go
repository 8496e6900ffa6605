package session

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
)

// exchange is one request with its response on their way through a Manager's
// Handler. It is the context of the request that the handler sees, and what
// its ResponseWriter is made of: one allocation for all, never reused.
type exchange struct {
	context.Context // of the request as it came

	m        *Manager
	settings *Cookie
	w        http.ResponseWriter
	r        *http.Request

	entry     http.Header // what the header held at the handler's first look
	looked    bool
	committed bool  // the header has been decided about
	failure   error // why ErrorHandler has answered in place of the handler

	s atomic.Pointer[Session] // nil until somebody asks

	mu         sync.Mutex // held while s is made, for From may be called from several goroutines
	headerSent bool       // so a session made now begins after the header
	sealed     bool       // or after the handler
}

// innermost is the context key of the exchange that is nearest to the handler.
// The key of a certain manager's is the manager.
type innermost struct{}

func newExchange(m *Manager, settings *Cookie, w http.ResponseWriter, r *http.Request) *exchange {
	return &exchange{Context: r.Context(), m: m, settings: settings, w: w, r: r}
}

// Value finds the exchange itself under its two keys.
func (x *exchange) Value(key any) any {
	switch key := key.(type) {
	case innermost:
		return x
	case *Manager:
		if key == x.m {
			return x
		}
	}
	return x.Context.Value(key)
}

// serve runs the handler and stores what it left to be stored.
func (x *exchange) serve(next http.Handler) {
	x.r = x.r.WithContext(x)
	defer x.abandon() // for a handler that panics
	if x.m.o.Eager {
		if err := x.session().Err(); err != nil {
			x.committed = true
			x.replace(err)
			return
		}
	}
	next.ServeHTTP(x.writer(), x.r)
	unsettled := x.seal() // first, so that a change is either stored now or refused
	switch {
	case !x.committed:
		x.begin(http.StatusOK)
	case unsettled && x.failure == nil:
		x.finish()
	}
}

// session returns the session, loaded.
func (x *exchange) session() *Session {
	s := x.s.Load()
	if s == nil {
		s = x.newSession()
	}
	s.load()
	return s
}

func (x *exchange) newSession() *Session {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.s.Load(); s != nil {
		return s
	}
	s := newSession(x.m, x.settings, x.r)
	s.headerSent, s.sealed = x.headerSent, x.sealed
	x.s.Store(s)
	return s
}

// sendHeader returns the session, or notes for one to come that the header has
// been sent.
func (x *exchange) sendHeader() *Session {
	s := x.s.Load()
	if s == nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		s = x.s.Load()
		x.headerSent = s == nil
	}
	return s
}

// begin is called before the first byte of the response. It stores the session
// and sets its cookie, once, and reports whether the handler's response may
// go on; if not, ErrorHandler has answered.
func (x *exchange) begin(status int) bool {
	if x.committed {
		return x.failure == nil
	}
	x.committed = true
	s := x.sendHeader()
	if s == nil {
		return true
	}
	if err := s.commit(x.w.Header(), status); err != nil {
		x.replace(err)
	}
	return x.failure == nil
}

// finish stores what was changed after the header was sent. The response is
// out of reach by then, so a failure can only be logged.
func (x *exchange) finish() {
	if err := x.s.Load().commitLate(); err != nil {
		x.m.o.Logger.ErrorContext(x, "session: changes after the header were not stored", "err", err)
	}
}

// abandon has nothing stored any more, also when somebody answers in place of a
// handler that has panicked, and does it through the handler's writer.
func (x *exchange) abandon() {
	x.seal()
	x.committed = true
}

// seal ends the session, if there is one, and reports whether there may be
// something yet to be stored.
func (x *exchange) seal() (unsettled bool) {
	if x.sealed { // it is only set here
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sealed = true
	s := x.s.Load()
	return s != nil && s.seal()
}

// header returns the response's header, and remembers what it holds before the
// handler can change it.
func (x *exchange) header() http.Header {
	h := x.w.Header()
	if !x.looked {
		x.looked = true
		if len(h) > 0 {
			x.entry = h.Clone()
		}
	}
	return h
}

// replace answers with ErrorHandler: with the headers that were there at the
// beginning, and without those of the handler.
func (x *exchange) replace(err error) {
	x.failure = err
	h := x.w.Header()
	if x.looked {
		clear(h)
		for k, v := range x.entry {
			h[k] = v
		}
	}
	x.m.o.Logger.ErrorContext(x, "session: answering with an error", "err", err)
	w := &errorWriter{ResponseWriter: x.w}
	x.m.o.ErrorHandler(w, x.r, err)
	if !w.wrote {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
