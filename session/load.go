package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// load reads the session from the store, once.
func (s *Session) load() {
	if s.loaded.Load() {
		return
	}
	s.op.Lock()
	defer s.op.Unlock()
	if s.loaded.Load() {
		return
	}
	defer s.loaded.Store(true)
	if s.m.format != nil {
		s.receive()
		return
	}
	id, sent := s.m.sentID(s.r)
	s.first.values, s.first.timeout = s.r.Context(), s.m.o.StoreTimeout
	s.firstRec.doc.spans = s.firstSpans[:0]
	rec, err := s.fetch(&s.first, id, &s.firstRec)
	// Without mu: nobody looks at these before loaded is set.
	s.sentCookie = sent
	switch {
	case err == nil:
		s.adopt(rec)
	case !errors.Is(err, store.ErrNotFound):
		s.mu.Lock() // which seal takes without a look at loaded
		defer s.mu.Unlock()
		s.failures().load = fmt.Errorf("loading the session: %w", err)
	}
}

// fetch is Manager.fetch as an operation of its own.
func (s *Session) fetch(d *deadline, id string, into *record) (*record, error) {
	if id == "" {
		return nil, store.ErrNotFound
	}
	defer d.release()
	rec, err := s.m.fetch(d, id, into)
	s.followed = s.followed || err == nil && rec.id != id
	return rec, err
}

// adopt makes a record that of a session without changes. The caller holds mu,
// unless nobody else has the session yet.
func (s *Session) adopt(rec *record) {
	s.exists = true
	s.rec = rec
}

// Reload reads the session from the store again. What this request changed and
// has not saved is dropped, a Renew or Regenerate that has not taken effect
// too. The error is [ErrGone] when there is nothing to read. With
// Options.ClientSide it goes back to what the request brought, or Save has made.
func (s *Session) Reload(ctx context.Context) error {
	s.op.Lock()
	defer s.op.Unlock()
	err := s.reload(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.failed != nil {
		s.failures().reload = err
	}
	return err
}

func (s *Session) reload(ctx context.Context) error {
	s.mu.Lock()
	id, sealed := s.rec.id, s.refuse("Reload")
	if !s.exists && s.failed.loading() != nil {
		id, _ = s.m.sentID(s.r)
	}
	s.mu.Unlock()
	if sealed {
		return ErrSealed
	}
	if s.m.format != nil {
		return s.goBack()
	}
	rec, err := s.fetch(newDeadline(ctx, s.m.o.StoreTimeout), id, new(record))
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("reloading the session: %w", ErrGone)
	case err != nil:
		return fmt.Errorf("reloading the session: %w", err)
	}
	s.readopt(rec)
	return nil
}

// readopt is adopt for a session that may have changed. The caller holds mu.
func (s *Session) readopt(rec *record) {
	if s.failed != nil {
		s.failed.load, s.failed.move, s.failed.user = nil, nil, nil
	}
	s.adopt(rec)
	s.reads = nil
	w := s.toWork()
	w.doc, w.log, w.behind, w.extended = nil, nil, false, time.Time{}
	w.newID, w.move, w.settings, w.bound = "", stay, nil, nil
}
