package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// HashIDs returns a store that keeps its records in s under hashes of their
// ids, so that s never sees an id.
//
// An id is a password for as long as its session lives. From a dump, a backup,
// a replica or a slow query log of s nobody learns one. Nor does an index that
// compares ids byte by byte give one away through the time that a lookup takes,
// as in CVE-2019-16782: who does not know the id cannot choose how far its hash
// agrees with another.
//
// The hash is SHA-256, without key or salt: there is no guessing an id of 192
// random bits, and there would be nothing to rotate a key for. Ids of one's own
// making that can be guessed, such as user names, gain nothing.
//
// The data are stored as they are; [Encrypt] is for them, in either order.
// Records that are in s already are not found any more, and whoever shares s
// must hash, too: it is not for sessions that an Express application uses.
//
// The result is a [Renamer]. It has the methods of all optional interfaces,
// which answer [errors.ErrUnsupported] where s has none. All and UserSessions
// yield the hashes.
func HashIDs(s Store) Store {
	return hashed{wrapped{s}}
}

type hashed struct {
	wrapped
}

var _ wrapper = hashed{}

// hash returns what stands for a valid id: 43 characters, which is shorter than
// hexadecimal digits would be and fits every engine's column.
func hash(id string) (string, error) {
	if err := CheckID(id); err != nil {
		return "", err
	}
	return hashOf(id), nil
}

func hashOf(id string) string {
	// The text before it keeps the hashes apart from those that somebody else
	// makes of an id, for a log for example. No id contains the zero byte.
	const domain = "sojourn: stored session id\x00"
	var buf [len(domain) + MaxIDLength]byte
	sum := sha256.Sum256(append(append(buf[:0], domain...), id...))
	var text [43]byte
	base64.RawURLEncoding.Encode(text[:], sum[:])
	return string(text[:])
}

func (h hashed) Get(ctx context.Context, id string) (Record, error) {
	id, err := hash(id)
	if err != nil {
		return Record{}, err
	}
	return h.inner.Get(ctx, id)
}

func (h hashed) Create(ctx context.Context, id, data string, expires time.Time) (Version, error) {
	id, err := hash(id)
	if err != nil {
		return "", err
	}
	return h.inner.Create(ctx, id, data, expires)
}

func (h hashed) Save(ctx context.Context, id, data string, expires time.Time, base Version) (Version, error) {
	id, err := hash(id)
	if err != nil {
		return "", err
	}
	return h.inner.Save(ctx, id, data, expires, base)
}

func (h hashed) Touch(ctx context.Context, id string, expires time.Time) error {
	id, err := hash(id)
	if err != nil {
		return err
	}
	return h.inner.Touch(ctx, id, expires)
}

func (h hashed) Delete(ctx context.Context, id string, base Version) error {
	id, err := hash(id)
	if err != nil {
		return err
	}
	return h.inner.Delete(ctx, id, base)
}

// StoredID returns the hash of an id, or what becomes of that if the wrapped
// store is a Renamer as well.
func (h hashed) StoredID(id string) string {
	return h.wrapped.StoredID(hashOf(id))
}

func (h hashed) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	id, err := hash(id)
	if err != nil {
		return err
	}
	return h.wrapped.AddUserSession(ctx, user, id, expires)
}

func (h hashed) RemoveUserSession(ctx context.Context, user, id string) error {
	id, err := hash(id)
	if err != nil {
		return err
	}
	return h.wrapped.RemoveUserSession(ctx, user, id)
}
