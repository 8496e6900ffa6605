package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// ErrDecrypt: the record that there is cannot be read with the keys that there
// are. The text says why.
var ErrDecrypt = errors.New("session cannot be decrypted")

// Encrypt returns a store that keeps its data encrypted in s. The first key
// encrypts, all decrypt. The error is [ErrKey] if there is none.
//
// Whoever sees s sees the length of the data, the expiry, when a record changes,
// and what a [UserIndex] keeps: which user has how many sessions. Who can write
// to s can delete records and put older states of a record back, but can neither
// change one nor pass it off as another session's, as each is bound to its id.
// Ids are for [HashIDs] to hide. Either may wrap the other; HashIDs around
// Encrypt is the faster order.
//
// The cipher is XAES-256-GCM: AES-256-GCM with another key for each record,
// derived from 192 random bits. It needs no count of messages, as GCM by itself
// would. What is stored is a JSON object of some hundred bytes and four thirds of
// the data. A save of the same data makes another one, and so another version.
//
// # What cannot be read
//
// Get returns [ErrDecrypt] for a record that was encrypted with another key, was
// changed, belongs to another id, or is not encrypted. It is not [ErrNotFound],
// which would look as if all users had logged out when it is a key that is
// missing; a session manager answers with status 503. All yields every record
// that can be read and then, if there were others, one ErrDecrypt that tells
// their number: so one bad record hides no good one, and is not overlooked.
// Touch, Delete, Count and Clear need no key and take such records as any other.
//
// # Another key
//
// A key is replaced while requests are served, in three steps of which each is
// complete on all machines before the next one begins: add the new key behind
// the old, put it in front, drop the old one. What is saved after the second
// step is encrypted with the new key. What is only read stays as it is, so the
// third step waits until every session was saved or has expired. To wait for
// none, save each that All yields (see the example). A key that has leaked is
// replaced likewise.
//
// [EncryptAcceptPlain] is for a store with records from before.
//
// The result has the methods of all optional interfaces, which answer
// [errors.ErrUnsupported] where s has none. It is a [Renamer] for the sake of s;
// where s is none, stored ids are the ids.
func Encrypt(s Store, keys ...Key) (Store, error) {
	return newEncrypted(s, keys, false)
}

// EncryptAcceptPlain is [Encrypt] for a store that still holds records that are
// not encrypted: those it returns as they are, and encrypts them when they are
// saved next. As long as it is in use, who can write to s can make up sessions;
// replace it with Encrypt when the last plain record has been saved or expired.
// What an engine keeps of earlier states, in free pages, logs and backups, stays
// as it is.
//
// A program without the keys does not see the sessions that are encrypted, so
// it is for the whole of a site at once.
func EncryptAcceptPlain(s Store, keys ...Key) (Store, error) {
	return newEncrypted(s, keys, true)
}

func newEncrypted(s Store, keys []Key, plain bool) (Store, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	e := encrypted{wrapped{s}, make(ring, len(keys)), plain}
	for i, k := range keys {
		if k.k == nil {
			return nil, fmt.Errorf("%w: key %d is none", ErrKey, i+1)
		}
		e.keys[i] = k.k
	}
	return e, nil
}

type encrypted struct {
	wrapped
	keys  ring
	plain bool // records that are not encrypted are read
}

var _ wrapper = encrypted{}

func (e encrypted) Get(ctx context.Context, id string) (Record, error) {
	r, err := e.inner.Get(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if r.Data, err = e.open(r.Data, e.StoredID(id)); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrDecrypt, err)
	}
	return r, nil
}

func (e encrypted) open(text, id string) (data string, err error) {
	data, err = e.keys.open(text, id)
	if e.plain && errors.Is(err, errPlain) {
		return text, nil
	}
	return data, err
}

func (e encrypted) Create(ctx context.Context, id, data string, expires time.Time) (Version, error) {
	if err := CheckID(id); err != nil {
		return "", err
	}
	return e.inner.Create(ctx, id, e.keys.seal(data, e.StoredID(id)), expires)
}

func (e encrypted) Save(ctx context.Context, id, data string, expires time.Time, base Version) (Version, error) {
	if err := CheckID(id); err != nil {
		return "", err
	}
	return e.inner.Save(ctx, id, e.keys.seal(data, e.StoredID(id)), expires, base)
}

func (e encrypted) Touch(ctx context.Context, id string, expires time.Time) error {
	return e.inner.Touch(ctx, id, expires)
}

func (e encrypted) Delete(ctx context.Context, id string, base Version) error {
	return e.inner.Delete(ctx, id, base)
}

func (e encrypted) Stored() Store {
	e.inner = e.wrapped.Stored()
	return e
}

func (e encrypted) All(ctx context.Context) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		unread, reason := 0, error(nil)
		for r, err := range e.wrapped.All(ctx) {
			if err != nil {
				yield(Stored{}, err)
				return
			}
			if r.Data, err = e.open(r.Data, r.ID); err != nil {
				unread, reason = unread+1, err
				continue
			}
			if !yield(r, nil) {
				return
			}
		}
		if unread > 0 {
			yield(Stored{}, fmt.Errorf("%w: %d of those listed, the last because %w", ErrDecrypt, unread, reason))
		}
	}
}
