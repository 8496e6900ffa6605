package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
	"unicode"
	"unicode/utf8"
)

// UserIndex is implemented by stores that can find the sessions of a user and
// end all of them with one write.
//
// It keeps two things beside the records. The first is which sessions are
// noted as a user's. That is a hint: the session may be gone, or have become
// somebody else's, and a session may be missing; whoever uses a hint looks at
// the record. The second is an instant for each user, the "not before": a
// session that is bound to the user carries the instant of the time when it was
// bound, and is dead as soon as the user's is later. It is no hint. Setting it
// ends every session that was bound before, whether noted or not, and whatever
// a request in flight still stores or renews.
//
// A user is whatever the application calls one: 1 to [MaxUserLength] bytes of
// UTF-8 without control characters. Any other is [ErrInvalidUser] before the
// engine sees it (see [CheckUser]), and two are the same only if they are equal
// byte for byte. What is said of errors and concurrent use at [Store] holds
// here, too.
type UserIndex interface {
	// AddUserSession notes that the session of id is user's until expires.
	// Of several instants for the same pair the latest counts; one in the
	// past notes nothing. It is no error if there is no record under id, but
	// a store may drop what it has noted of such an id, or not note it at all:
	// a session is noted after it was created. An id may be noted for several
	// users.
	AddUserSession(ctx context.Context, user, id string, expires time.Time) error

	// RemoveUserSession takes back what AddUserSession has noted. It is nil
	// when there is nothing to take back. The record stays as it is.
	RemoveUserSession(ctx context.Context, user, id string) error

	// UserSessions yields the ids that are noted as user's and whose instant
	// has not come, in no particular order, each once. What is noted or taken
	// back meanwhile is yielded or not. After an error, which comes with an
	// empty id, the sequence ends; the end of ctx is one as long as there is
	// more to yield. It holds nothing while it yields, so that the loop may
	// call the store.
	UserSessions(ctx context.Context, user string) iter.Seq2[string, error]

	// NotBefore returns user's instant, and the zero Time when none was set.
	NotBefore(ctx context.Context, user string) (time.Time, error)

	// SetNotBefore replaces user's instant, in one atomic step and provided
	// that it still is base, where the zero Time stands for none; otherwise
	// it is [ErrConflict] and nothing has changed. The new instant may be any
	// but the zero Time, which is an error. Instants are kept in whole
	// milliseconds: fractions of both are cut off. Once set it is never
	// forgotten, as the sessions that it has ended may come back from a
	// backup: Clear leaves it, though not what AddUserSession has noted.
	SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error
}

// Renamer is implemented by stores that keep records under other ids than those
// they are given, as one that hashes them does. What their [Lister] and [UserIndex]
// yield are the ids under which the records are kept.
type Renamer interface {
	// StoredID returns the id under which the record of id is kept.
	StoredID(id string) string
	// Stored returns the store whose methods take these ids.
	Stored() Store
}

// ErrInvalidUser: the name of a user has a length or a character that none may
// have.
var ErrInvalidUser = errors.New("invalid user")

// MaxUserLength is the length of the longest name of a user, in bytes.
const MaxUserLength = 255

// CheckUser returns nil if user can name a user in a [UserIndex]. Otherwise the
// error is [ErrInvalidUser] and says what is wrong without repeating the name.
func CheckUser(user string) error {
	switch {
	case user == "":
		return fmt.Errorf("%w: it is empty", ErrInvalidUser)
	case len(user) > MaxUserLength:
		return fmt.Errorf("%w: it has %d bytes, more than %d", ErrInvalidUser, len(user), MaxUserLength)
	case !utf8.ValidString(user):
		return fmt.Errorf("%w: it is not UTF-8", ErrInvalidUser)
	}
	for i, r := range user {
		if unicode.IsControl(r) {
			return fmt.Errorf("%w: byte %d is a control character", ErrInvalidUser, i)
		}
	}
	return nil
}
