package session

import (
	"fmt"
	"reflect"
)

// Key names a value of type T in a session. It is meant to be a constant:
//
//	const views session.Key[int] = "views"
//
// Values are stored as JSON under the key, where Express finds them as
// req.session.views. T is any type that encoding/json can write and read.
//
// Setting, deleting or updating "cookie" or "sojourn" panics: these members of
// a record are not the application's.
type Key[T any] string

// Get returns the value, and the zero value when there is none, when it is
// JSON null, or when it cannot be decoded as a T.
func (k Key[T]) Get(s *Session) T {
	v, _, _ := k.Lookup(s)
	return v
}

// Lookup returns the value and whether there is one; JSON null counts as none.
// When there is one that cannot be decoded as a T, ok is true and the error
// wraps [ErrUndecodable]. It names the key and never the value.
func (k Key[T]) Lookup(s *Session) (v T, ok bool, err error) {
	raw, ok := s.read(string(k))
	if !ok || raw == "null" {
		return v, false, nil
	}
	v, err = decodeValue[T](string(k), raw)
	return v, true, err
}

// Set stores a value. It is encoded at once, so later changes to what v points
// to do not count; if it cannot be encoded, the session keeps the old value and
// the commit fails with [ErrUnencodable]. Setting the value that is there
// already is no change.
func (k Key[T]) Set(s *Session, v T) {
	k.check()
	raw, err := encodeValue(v)
	if err != nil {
		s.fail(k.unencodable())
		return
	}
	s.change(change{kind: set, name: string(k), raw: raw})
}

// Delete removes the value.
func (k Key[T]) Delete(s *Session) {
	k.check()
	s.change(change{kind: deleted, name: string(k)})
}

// Take returns the value as Get does, and removes it: for messages that are
// shown once.
func (k Key[T]) Take(s *Session) T {
	v := k.Get(s)
	k.Delete(s)
	return v
}

// Update replaces the value by what f makes of it, and returns that. f is
// given the zero value when there is none. If somebody else has changed the
// session by the time this request stores it, f is run again on the value of
// then, so no increment is ever lost, and what is stored may differ from what
// was returned. f must therefore be pure, and must not use the session.
//
// A value that is no T is left as it is, and the error wraps [ErrUndecodable];
// a result that cannot be encoded likewise, with [ErrUnencodable]. On a new
// session whose header was sent the error is [ErrHeaderSent].
func (k Key[T]) Update(s *Session, f func(T) T) (T, error) {
	k.check()
	// What stays with the session does not write to result: another goroutine may
	// run it, to store the session, while this one returns.
	again := func(raw string, ok bool) (string, error) {
		_, encoded, err := k.updated(raw, ok, f)
		return encoded, err
	}
	var result T
	err := s.update(string(k), func(raw string, ok bool) (encoded string, err error) {
		result, encoded, err = k.updated(raw, ok, f)
		return encoded, err
	}, again)
	if err != nil {
		var zero T
		return zero, err
	}
	return result, nil
}

// updated returns what f makes of a value, and that encoded.
func (k Key[T]) updated(raw string, ok bool, f func(T) T) (v T, encoded string, err error) {
	if ok && raw != "null" {
		if v, err = decodeValue[T](string(k), raw); err != nil {
			return v, "", err
		}
	}
	v = f(v)
	if encoded, err = encodeValue(v); err != nil {
		return v, "", k.unencodable()
	}
	return v, encoded, nil
}

func (k Key[T]) check() {
	if k == cookieMember || k == reservedMember {
		panic(fmt.Sprintf("session: %q is not a key for the application's values", string(k)))
	}
}

func (k Key[T]) unencodable() error {
	return fmt.Errorf("%w: key %q of type %v", ErrUnencodable, string(k), reflect.TypeFor[T]())
}
