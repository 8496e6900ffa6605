package engine

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// notesKey is a sorted set of ids, scored with the milliseconds at which each
// expires; instantKey is a number of milliseconds. Neither shares a slot with the
// records, so each step is about one of them alone.
func (s *Store) notesKey(user string) string   { return s.notesPrefix() + user }
func (s *Store) instantKey(user string) string { return s.index + "not-before:" + user }
func (s *Store) notesPrefix() string           { return s.index + "sessions:" }

// AddUserSession implements [store.UserIndex]. It is one command.
func (s *Store) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	if err := s.check(ctx, store.CheckUser(user), store.CheckID(id)); err != nil {
		return wrap("add user session", err)
	}
	now, at := time.Now().UnixMilli(), millis(expires)
	if at <= now {
		return nil
	}
	_, err := s.run(ctx, s.scripts.note, s.notesKey(user), decimal(now), decimal(at), id)
	return wrap("add user session", err)
}

// RemoveUserSession implements [store.UserIndex]. It is one command.
func (s *Store) RemoveUserSession(ctx context.Context, user, id string) error {
	if err := s.check(ctx, store.CheckUser(user), store.CheckID(id)); err != nil {
		return wrap("remove user session", err)
	}
	r := s.do(ctx, s.client, Command{[]string{"ZREM", s.notesKey(user), id}, 1})
	return wrap("remove user session", r.Err)
}

// UserSessions implements [store.UserIndex]. It is one command, whose answer is
// all ids at once: some hundred bytes for each that a user has noted.
func (s *Store) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		notes, err := s.notes(ctx, user)
		if err != nil {
			yield("", wrap("user sessions", err))
			return
		}
		for i := 0; i+1 < len(notes); i += 2 {
			// The loop may take its time.
			if err := ctx.Err(); err != nil {
				yield("", wrap("user sessions", err))
				return
			}
			id, _ := notes[i].(string)
			score, _ := notes[i+1].(string)
			at, err := strconv.ParseFloat(score, 64)
			if err != nil || store.CheckID(id) != nil {
				yield("", wrap("user sessions", errReply))
				return
			}
			if at > float64(time.Now().UnixMilli()) && !yield(id, nil) {
				return
			}
		}
	}
}

// notes returns what is noted of a user and has not expired: ids, each followed
// by its score.
func (s *Store) notes(ctx context.Context, user string) ([]any, error) {
	if err := s.check(ctx, store.CheckUser(user)); err != nil {
		return nil, err
	}
	// A script's answers have the same form in both versions of the protocol.
	v, err := s.run(ctx, s.scripts.noted, s.notesKey(user), "("+decimal(time.Now().UnixMilli()))
	if err != nil {
		return nil, err
	}
	notes, ok := v.([]any)
	if !ok && v != nil {
		return nil, errReply
	}
	return notes, nil
}

// NotBefore implements [store.UserIndex]. It is one command.
func (s *Store) NotBefore(ctx context.Context, user string) (time.Time, error) {
	if err := s.check(ctx, store.CheckUser(user)); err != nil {
		return time.Time{}, wrap("not before", err)
	}
	r := s.do(ctx, s.client, Command{[]string{"GET", s.instantKey(user)}, 1})
	if r.Err != nil || r.Value == nil {
		return time.Time{}, wrap("not before", r.Err)
	}
	text, _ := r.Value.(string)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, wrap("not before", errReply)
	}
	return time.UnixMilli(n), nil
}

var errNoInstant = errors.New("the zero Time is no instant to set")

// SetNotBefore implements [store.UserIndex]. It is one command, and with
// [Options.WaitReplicas] a second one in the same round trip. A server that may
// evict any key under maxmemory may evict this one, too.
func (s *Store) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	none := time.Time{}.UnixMilli()
	var invalid error
	if notBefore.UnixMilli() == none {
		invalid = errNoInstant
	}
	if err := s.check(ctx, store.CheckUser(user), invalid); err != nil {
		return wrap("set not before", err)
	}
	before := ""
	if base.UnixMilli() != none {
		before = decimal(base.UnixMilli())
	}
	run := s.run
	if s.options.WaitReplicas > 0 {
		run = s.runAndWait
	}
	v, err := run(ctx, s.scripts.setNotBefore, s.instantKey(user), before, decimal(notBefore.UnixMilli()))
	return wrap("set not before", outcome(v, err))
}
