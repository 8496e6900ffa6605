package session

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// Session is the session of one request. Its values are read and written
// through [Key].
//
// All methods may be called from several goroutines of the request. Those that
// take a context go to the store at once; they use the context's values only,
// not its cancellation, and are bounded by Options.StoreTimeout. Errors of
// Save, Reload and Destroy are returned and kept: if the handler then answers
// with a status below 500, the response becomes the ErrorHandler's.
//
// Once the handler has returned the session is sealed: reading still works,
// everything else changes nothing and reports [ErrSealed].
type Session struct {
	m       *Manager
	r       *http.Request
	options *Cookie // the settings of a new session in this request

	// op is held by an operation on the store, which sees to it that they
	// follow each other. mu guards what stands below it, but for what the load
	// sets before anybody else has the session, and followed, which goes with op. It is never held
	// while the store, a hook or a function of the application is called, and
	// is taken after op.
	op sync.Mutex
	mu sync.Mutex

	loaded atomic.Bool

	exists     bool // rec is in the store, as far as is known
	sentCookie bool // the request came with a cookie of our name
	touch      bool // asked for by Touch
	followed   bool // the request's id led here by a forwarding record
	settled    bool // commit has been here
	saved      bool // this request has stored it
	renamed    bool // and under an id that it made itself, so that nobody else knows it yet
	discarded  bool
	destroyed  bool
	gone       bool
	cookieDue  bool
	headerSent bool
	sealed     bool

	rec   *record  // as loaded or stored last
	reads []string // keys read before they were set
	*work          // what this request has done

	// What nearly every request needs, to spare it allocations. Each is used
	// once, for a session is for one request only.
	first      deadline
	firstRec   record
	firstSpans [5]span
	firstReads [1]string
}

// outgoing is what a response tells the browser and no record holds.
type outgoing struct {
	toClear Cookie   // settings of the cookie that Destroy made useless
	lines   []string // Set-Cookie headers that hold a session of Options.ClientSide
}

// failures are the errors that make a response an error.
type failures struct {
	load, value, move, user, save, reload, destroy error
}

func (f *failures) first() error {
	if f == nil {
		return nil
	}
	for _, err := range []error{f.load, f.value, f.move, f.user, f.save, f.reload, f.destroy} {
		if err != nil {
			return err
		}
	}
	return nil
}

// loading returns the error of the load.
func (f *failures) loading() error {
	if f == nil {
		return nil
	}
	return f.load
}

// failures returns what to note a failure in. The caller holds mu.
func (s *Session) failures() *failures {
	w := s.toWork()
	if w.failed == nil {
		w.failed = new(failures)
	}
	return w.failed
}

func newSession(m *Manager, settings *Cookie, r *http.Request) *Session {
	s := &Session{m: m, r: r, options: settings, rec: m.none, work: &untouched}
	s.reads = s.firstReads[:0]
	return s
}

// ID returns the session's id. For a new session, and after Renew or
// Regenerate, it is the id that the session will have once it is stored. It is
// empty only if Options.GenerateID failed, and with ClientSideSigned. It is the key to the session: it
// belongs neither in a log nor in a URL.
func (s *Session) ID() string {
	s.mu.Lock()
	id := s.currentID()
	s.mu.Unlock()
	if id != "" {
		return id
	}
	id, err := s.m.newID(s.r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if current := s.currentID(); current != "" {
		return current
	}
	if err != nil {
		s.failures().value = err
	}
	s.toWork().newID = id
	return id
}

func (s *Session) currentID() string {
	if s.newID == "" && s.exists {
		return s.rec.id
	}
	return s.newID
}

// IsNew reports whether the request came without a session: nothing was found
// in the store, or Regenerate or Destroy has emptied it since.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.exists || s.move == regenerate
}

// Err returns the first error that will make the response an error: the store
// failed to load the session, a value could not be encoded, no new id could be
// made, or an error of Save, SetUser, RevokeOthers, Reload or Destroy that a
// later call has not made good.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed.first()
}

// Keys returns the names of the values in the session, in their order.
func (s *Session) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.document().names()
}

// Clear removes all values. If somebody else changes the session before this
// request stores it, what is there then is removed.
func (s *Session) Clear() {
	s.change(change{kind: cleared})
}

// Discard leaves the session in the store as it is: neither what this request
// changed nor that it was used is stored, unless Save is called. It is
// Express's req.session = null.
func (s *Session) Discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.refuse("Discard") {
		s.discarded = true
	}
}

// Touch has this request extend the session's life in the store even if
// Options.TouchAfter would not yet. It takes effect at the end.
func (s *Session) Touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.refuse("Touch") {
		s.touch = true
	}
}

// refuse reports whether the session is sealed, and logs who did not know. The
// caller holds mu.
func (s *Session) refuse(what string) bool {
	if s.sealed {
		s.m.o.Logger.Warn("session: used after its request ended", "call", what)
	}
	return s.sealed
}

// refuseAfterHeader marks a change that can no longer be stored, because that
// takes a cookie, which cannot be set. The caller holds mu.
func (s *Session) refuseAfterHeader() {
	if s.tooLate() && s.dirty() && s.failures().value == nil {
		s.failed.value = ErrHeaderSent
	}
}

// seal ends the session with its request, and reports whether there may be
// something yet to be stored.
func (s *Session) seal() (unsettled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = true
	return !s.settled || len(s.log) > 0 || s.behind || s.settings != nil || s.bound != nil || s.move != stay || s.failed != nil
}

// fail keeps the error of a value that cannot be stored.
func (s *Session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures().value = err
}
