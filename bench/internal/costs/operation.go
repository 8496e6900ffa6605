// Package costs measures what a session and each operation on it cost on each
// engine, and keeps the figures for those who compute with them.
package costs

import "fmt"

// Operation is one of the calls that the session manager makes to a store.
type Operation int

const (
	// Get reads a record.
	Get Operation = iota
	// NotBefore reads the instant of a user, against which a session that is
	// bound to the user is checked with every load.
	NotBefore
	// Create stores a new record.
	Create
	// Save replaces a record.
	Save
	// Touch extends a record's life.
	Touch
	// Delete removes a record.
	Delete
	// Note notes a session as a user's (store.UserIndex's AddUserSession).
	Note
	// Forget takes that back (RemoveUserSession).
	Forget
	// SetNotBefore replaces the instant of a user, which ends the user's
	// sessions.
	SetNotBefore
	// List reads the ids that are noted as a user's (UserSessions).
	List

	// Operations is how many there are.
	Operations
)

var names = [Operations]string{"get", "not-before", "create", "save", "touch", "delete", "note", "forget", "set-not-before", "list"}

func (o Operation) String() string {
	if o < 0 || o >= Operations {
		return fmt.Sprintf("operation %d", int(o))
	}
	return names[o]
}

// Writes reports whether the operation changes what is stored.
func (o Operation) Writes() bool { return o != Get && o != NotBefore && o != List }

// MarshalText returns its name.
func (o Operation) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText takes the name of one.
func (o *Operation) UnmarshalText(text []byte) error {
	for i, name := range names {
		if name == string(text) {
			*o = Operation(i)
			return nil
		}
	}
	return fmt.Errorf("no operation is called %q", text)
}
