package session

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
)

// attempt is what an operation stores: the session as it was at the beginning,
// replayed on newer records as often as needed.
type attempt struct {
	s        *Session
	step     step
	now      time.Time // when the round began
	rec      *record   // what it is based on
	before   *record   // what the request's reads were based on
	after    *record   // what it has become
	doc      document
	log      []change
	made     uint32
	reads    []string
	replayed bool

	settings        Cookie
	settingsAuto    bool
	settingsChanged *Cookie // by the request
	bound           *binding
	newID           string
	move            movement
	moves           uint32
	exists          bool

	followed  bool // a forwarding record led to rec, or to an earlier one
	rounds    int
	conflicts []string
	endTurn   func()
}

// begin makes a the session as it is now, for one step.
func (a *attempt) begin(s *Session, step step) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	move := s.move
	switch step {
	case saving, resaving, extending: // also if somebody has just called Renew
		move = stay
	case rotating:
		move = renew
	}
	*a = attempt{
		s: s, step: step, now: now, rec: s.rec, before: s.rec, doc: s.snapshot(), log: s.log, made: s.made,
		reads: s.reads[:len(s.reads):len(s.reads)], replayed: s.behind,
		settingsChanged: s.settings, bound: s.bound, newID: s.newID, move: move, moves: s.moves, exists: s.exists, followed: s.followed,
	}
	if len(s.log) > 0 {
		s.toWork().lent = true
	}
	a.settings, a.settingsAuto = s.effectiveSettings(now, move)
}

// catchUp replays the changes whose updates have not seen the record yet.
func (a *attempt) catchUp() (err error) {
	if a.replayed {
		a.doc = a.rec.snapshot()
		a.conflicts, err = replay(&a.doc, a.log, a.reads, &a.before.doc)
	}
	return err
}

// write is a record ready to be stored.
type write struct {
	data     string
	draft    pieces.Draft // in place of data if it has a head
	expires  time.Time
	settings *storedCookie
	reserved *reserved
}

// prepare encodes the record as it is to be stored now under id. moved tells that
// this is a new one.
func (a *attempt) prepare(id string, moved bool) write {
	m := a.s.m
	now := a.now.Truncate(time.Millisecond) // what a record can hold
	w := write{settings: a.rec.settings, reserved: a.rec.reserved}
	if a.move == regenerate {
		w.reserved = nil
	}
	if m.stamps() || a.bound != nil {
		w.reserved = w.reserved.copy()
		w.reserved.stamp(now)
		w.reserved.bind(a.bound)
		if moved && a.exists && m.o.RenewAfter > 0 {
			w.reserved.renew(now)
		}
	}
	w.expires = m.expiry(&a.settings, w.reserved, now)
	cookie := a.rec.cookie()
	switch {
	case moved || a.settingsChanged != nil:
		w.settings = m.newCookie(&a.settings, w.expires, a.settingsAuto)
		cookie = w.settings.written
	case a.settings.MaxAge != 0:
		cookie = spliceExpires(cookie, a.settings, w.expires)
		w.settings = &storedCookie{Cookie: a.settings, written: cookie}
	}
	var room [usualRecord]byte
	data := a.doc.encode(room[:0], cookie, w.reserved.encode())
	if head := w.settings.head; m.pieces != nil && head != "" && len(data) <= pieces.Longest && bytes.HasPrefix(data, []byte(head)) {
		var text strings.Builder
		text.Grow(len(id) + len(data) - len(head))
		text.WriteString(id)
		text.Write(data[len(head):])
		w.draft = pieces.Draft{Head: head, Text: text.String(), IDLen: len(id), Expires: w.expires}
	} else {
		w.data = string(data)
	}
	return w
}

// again takes over what somebody else has stored, and replays the request's
// changes on it. From the first conflict on, the requests of this process take
// turns.
func (a *attempt) again(ctx context.Context) error {
	m := a.s.m
	m.stats.conflicts.Add(1)
	a.rounds++
	if a.endTurn == nil {
		pass, err := m.turns.take(ctx, a.rec.id)
		if err != nil {
			return err
		}
		a.endTurn = pass
	} else if err := backOff(ctx, a.rounds); err != nil {
		return err
	}
	rec, err := m.follow(ctx, a.rec.id, new(record))
	if err != nil {
		return err
	}
	if !a.bound.outlasts(rec.reserved) {
		if err := m.checkRevoked(ctx, rec.reserved); err != nil {
			return err
		}
	}
	a.followed = a.followed || rec.id != a.rec.id
	a.rec, a.replayed, a.now = rec, true, time.Now()
	if a.settingsChanged == nil && a.move == stay {
		a.settings = rec.settings.Cookie
	}
	return a.catchUp()
}

// pass ends the turn, if there was one.
func (a *attempt) pass() {
	if a.endTurn != nil {
		a.endTurn()
	}
}

// backOff waits for a random time that grows with the number of conflicts with
// other processes.
func backOff(ctx context.Context, rounds int) error {
	limit := min(time.Millisecond<<min(rounds, 6), 50*time.Millisecond)
	timer := time.NewTimer(rand.N(limit))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stored takes over what an operation has stored under id, which is now kept as
// given. Changes that were made while it was under way stay to be stored.
func (s *Session) stored(a *attempt, id string, kept pieces.Record, wrote write, cookieDue bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.toWork()
	rec := &record{id: id, version: kept.Version, expires: wrote.expires, doc: a.doc.snapshot(), settings: wrote.settings, reserved: wrote.reserved}
	if kept.Head != "" {
		rec.doc.keepAs(kept.Tail)
	}
	a.after = rec
	s.exists, s.rec = true, rec
	s.saved, s.renamed = true, s.renamed || rec.id != a.rec.id
	s.discarded, s.touch, s.destroyed = false, false, false
	s.cookieDue = s.cookieDue || cookieDue || a.followed
	w.extended = time.Time{}
	if (a.step == creating || a.step == relocating) && w.moves == a.moves {
		w.newID, w.move = "", stay
	}
	if w.settings == a.settingsChanged {
		w.settings = nil
	}
	if w.bound == a.bound {
		w.bound = nil
	}
	w.log = since(w.log, a.made)
	if w.behind = a.replayed && len(w.log) > 0; !w.behind && len(w.log) > 0 {
		return // the document has it all
	}
	w.doc = nil
	for _, c := range w.log {
		c.applyTo(s.ownDocument())
	}
}
