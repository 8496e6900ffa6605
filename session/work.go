package session

import "time"

// work is what a request has done to its session, and what came of it. It is
// apart from the session because most requests only read.
type work struct {
	extended time.Time // to when the session was touched since rec
	newID    string    // of a session that is new or is to be moved
	move     movement
	lent     bool      // log, to an attempt, so that it is copied before it changes
	behind   bool      // updates in the log have not seen rec, and doc neither
	made     uint32    // how many changes were made
	moves    uint32    // how often a move was asked for
	doc      *document // what the session holds now, nil while that is what rec holds
	log      []change  // what was changed since rec

	settingsAuto bool
	settings     *Cookie   // as set by this request
	bound        *binding  // to a user, by this request
	out          *outgoing // what a response needs that no record holds
	failed       *failures // nil while all is well

	// What nearly every change needs, to spare it allocations. firstDoc is made
	// anew after a save: what holds on to a document holds a copy. The others are
	// used once.
	storing   deadline
	firstDoc  document
	firstList memberList
	firstLog  [2]change
}

// untouched is the work of all sessions to which nothing was done. It is never
// written: whoever changes something asks toWork where.
var untouched work

// toWork returns the session's work, to be changed. The caller holds mu.
func (s *Session) toWork() *work {
	if s.work == &untouched {
		s.work = new(work)
		s.work.log = s.work.firstLog[:0]
	}
	return s.work
}

// expires returns when the session expires, as touched last. The caller holds
// mu.
func (s *Session) expires() time.Time {
	if !s.extended.IsZero() {
		return s.extended
	}
	return s.rec.expires
}
