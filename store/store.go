// Package store is the contract between sessions and the place that keeps
// them. It knows nothing of HTTP and imports the standard library only.
//
// A store keeps records: an opaque string under an id, with an instant at
// which it expires. Five methods are enough for a session library that loses
// no concurrent write and never brings a session back that has ended:
//
//   - [Store.Create] is the only way in, and fails if the id is taken;
//   - [Store.Save] replaces a record, but only the very version that the
//     caller has read, and never creates one;
//   - [Store.Touch] moves the expiry, only forward, and never creates one;
//   - [Store.Delete] removes whatever is there, or only a given version;
//   - [Store.Get] returns what is there and has not expired.
//
// Policy (how long a session lives, what to do on a conflict, when to touch)
// is the session manager's and stands in package session, so that every
// engine behaves alike. [HashIDs] and [Encrypt] wrap any store, so that whoever
// sees the database sees neither an id nor what a session holds. What an engine must keep is proven by the public test
// suite in package storetest:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return mystore.Open(t.TempDir()) })
//	}
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Store keeps session records.
//
// All methods are safe for concurrent use, by many goroutines and, where the
// engine is shared, by many processes. A nil error means that the effect is
// stored. A failing engine is an error by the deadline of ctx, never a hang;
// an operation whose context has ended may or may not have taken effect.
//
// An id is 1 to 128 bytes of 0x21 to 0x7E; any other is [ErrInvalidID] before
// the engine sees it (see [CheckID]). Errors other than those named here are
// the engine's own, wrapped; none of them contains an id or data.
type Store interface {
	// Get returns the record of id. It is [ErrNotFound] when there is none
	// or when it has expired, even if the engine has not swept it yet.
	Get(ctx context.Context, id string) (Record, error)

	// Create stores a new record and returns its version. It is [ErrExists]
	// when id has a record that has not expired. An expires that is not in
	// the future stores nothing that a Get would return.
	Create(ctx context.Context, id, data string, expires time.Time) (Version, error)

	// Save replaces data and expiry of id if the stored version is base,
	// in one atomic step, and returns the new version. It is [ErrConflict]
	// when the version is another one, and [ErrNotFound] when there is no
	// record or it has expired; both leave everything as it was. Unlike
	// Touch it sets expires as given, which may be earlier than before. An
	// empty base is never current: it is a conflict where there is a record.
	Save(ctx context.Context, id, data string, expires time.Time, base Version) (Version, error)

	// Touch moves the expiry of id to expires if that is later than what is
	// stored, and otherwise does nothing. It changes neither data nor
	// version. It is [ErrNotFound] when there is no record or it has expired.
	Touch(ctx context.Context, id string, expires time.Time) error

	// Delete removes the record of id. With an empty base it removes
	// whatever is there, and is nil when nothing is. Otherwise it removes
	// the record only if its version is base, in one atomic step: it is
	// [ErrConflict] when the version is another one, [ErrNotFound] when
	// there is no record or it has expired.
	Delete(ctx context.Context, id string, base Version) error
}

// Record is what a [Store] holds under an id.
type Record struct {
	// Data is the session, byte for byte as it was stored: the text of a JSON
	// object. The store does not look into it, but an engine may ask for JSON.
	Data string
	// Expires is the instant from which Get no longer returns the record.
	// An engine may keep it less precisely than it was given (a second is
	// the coarsest allowed), but is never off by more than a second.
	Expires time.Time
	// Version is the token to pass to Save and Delete.
	Version Version
}

// Version names one state of a record's data. It is opaque and comparable: two
// equal versions of one id stand for equal data, and a record that nobody saves
// keeps its version, whatever touches it. A save of the same data may make
// another one or not: depending on the engine, a version is the stored text, a
// hash of it, or a counter. The empty version is none.
type Version string

// Stored is a record with its id, as [Lister] returns it.
type Stored struct {
	// ID is the id as it was given to Create, or what it was made into by a
	// [Renamer].
	ID string
	Record
}

// Lister is implemented by stores that can walk all their records.
type Lister interface {
	// All yields every record that has not expired, in no particular order
	// and without holding up other operations. A record that is created,
	// changed or deleted meanwhile may be yielded in either state or not at
	// all, none is yielded twice. After an error, which comes with a zero
	// Stored, the sequence ends. Memory use does not grow with the number
	// of records.
	All(ctx context.Context) iter.Seq2[Stored, error]
}

// Counter is implemented by stores that can count their records.
type Counter interface {
	// Count returns how many records have not expired.
	Count(ctx context.Context) (int, error)
}

// Clearer is implemented by stores that can remove all their records.
type Clearer interface {
	// Clear removes every record of this store, expired or not, and all that
	// a [UserIndex] has noted of sessions. The instants of users stay.
	Clear(ctx context.Context) error
}

// The errors that a caller of a [Store] can test for with [errors.Is].
var (
	// ErrNotFound: there is no such record, or it has expired.
	ErrNotFound = errors.New("session not found")
	// ErrExists: Create found a record under that id.
	ErrExists = errors.New("session id exists already")
	// ErrConflict: the record is not the version that was asked for.
	ErrConflict = errors.New("session was changed meanwhile")
	// ErrInvalidID: the id has a length or a byte that no id may have.
	ErrInvalidID = errors.New("invalid session id")
)

// MaxIDLength is the length of the longest id, in bytes.
const MaxIDLength = 128

// CheckID returns nil if id can name a record: 1 to [MaxIDLength] bytes, each
// of 0x21 to 0x7E (printable ASCII without the space). Otherwise the error is
// [ErrInvalidID] and says what is wrong without repeating the id. Every Store
// calls it first, so that no engine, path or key pattern meets a hostile id.
func CheckID(id string) error {
	if len(id) == 0 {
		return fmt.Errorf("%w: it is empty", ErrInvalidID)
	}
	if len(id) > MaxIDLength {
		return fmt.Errorf("%w: it has %d bytes, more than %d", ErrInvalidID, len(id), MaxIDLength)
	}
	i := 0
	for len(id)-i >= 8 && printable(id[i:i+8]) {
		i += 8
	}
	for ; i < len(id); i++ {
		if id[i] < 0x21 || id[i] > 0x7e {
			return fmt.Errorf("%w: byte %d is not printable ASCII", ErrInvalidID, i)
		}
	}
	return nil
}

// printable reports whether 8 bytes are all of 0x21 to 0x7E, in a few
// instructions, as every operation asks that of a whole id. A byte from 0x80 on
// has the high bit; to add 1 to another sets that in 0x7F, and to take 0x21
// from it, the high bit lent, leaves it only where there are 0x21.
func printable(s string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	return (v|(v+ones))&high == 0 && ((v|high)-0x21*ones)&high == high
}
