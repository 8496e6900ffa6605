package session

import "slices"

// read returns the value of a key as JSON, and notes that the application
// knows it.
func (s *Session) read(name string) (raw string, ok bool) {
	if name == cookieMember || name == reservedMember {
		return "", false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exists && !slices.Contains(s.reads, name) && !s.hasChanged(name) {
		s.reads = append(s.reads, name)
	}
	return s.document().get(name)
}

func (s *Session) hasChanged(name string) bool {
	return slices.ContainsFunc(s.log, func(c change) bool { return c.kind == cleared || c.name == name })
}

// change applies one change and remembers it for a replay.
func (s *Session) change(c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse("a change") {
		return
	}
	s.apply(c)
}

// document returns what the session holds now, to be read. The caller holds mu.
func (s *Session) document() *document {
	if s.doc != nil {
		return s.doc
	}
	return &s.rec.doc
}

// ownDocument returns what the session holds now, to be changed. The caller
// holds mu.
func (s *Session) ownDocument() *document {
	w := s.toWork()
	if w.doc == nil {
		w.firstDoc = s.rec.snapshot()
		w.doc = &w.firstDoc
		if w.firstList.members == nil && w.doc.edited == nil {
			w.doc.turnInto(&w.firstList, 1)
		}
	}
	return w.doc
}

// snapshot returns what the session holds now, to be kept. The caller holds mu.
func (s *Session) snapshot() document {
	if s.doc != nil {
		return s.doc.snapshot()
	}
	return s.rec.snapshot()
}

// apply is change for those who hold mu.
func (s *Session) apply(c change) {
	c.applyTo(s.ownDocument())
	w := s.toWork()
	w.made++
	c.number = w.made
	if w.lent {
		w.log, w.lent = slices.Clone(w.log), false
	}
	w.log = appendChange(w.log, c)
	s.refuseAfterHeader()
}

// update replaces the value of a key by what f makes of it. f runs without a
// lock, so it runs again if the value has been changed meanwhile. After that it is
// again which makes the value anew, maybe in another goroutine.
func (s *Session) update(name string, f, again updateFunc) error {
	for {
		before, had := s.read(name)
		after, err := f(before, had)
		if err != nil {
			return err
		}
		done, err := s.swap(name, before, had, after, again)
		if done || err != nil {
			return err
		}
	}
}

// swap sets a key that still has the value before.
func (s *Session) swap(name, before string, had bool, after string, again updateFunc) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse("Update") {
		return false, ErrSealed
	}
	if raw, ok := s.document().get(name); raw != before || ok != had {
		return false, nil
	}
	s.apply(change{kind: updated, name: name, raw: after, update: again})
	if s.tooLate() {
		return true, ErrHeaderSent
	}
	return true, nil
}
