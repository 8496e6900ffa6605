package auth

import "context"

// Accounts keeps the accounts. Package sqlusers does so in an SQL database.
//
// All methods are safe for concurrent use, by many processes where the engine
// is shared. A nil error means that the effect is stored. A failing engine is
// an error by the deadline of ctx, never a hang. Errors other than those named
// here are the engine's own, wrapped, without a hash in them.
type Accounts interface {
	// Create stores a new account and returns the id that it has given it;
	// the ID of a is not looked at. It is ErrNameTaken when there is an
	// account with the same Key. Of several at the same time one succeeds.
	Create(ctx context.Context, a Account) (id string, err error)

	// Find returns the account with the given key. It is ErrNoAccount when
	// there is none.
	Find(ctx context.Context, key string) (Account, error)

	// FindID returns the account with the given id. It is ErrNoAccount when
	// there is none. Like Find it sees what has been stored, whoever stored it.
	FindID(ctx context.Context, id string) (Account, error)

	// ReplaceHash replaces the hash of an account, provided that it is still
	// the old one. It is ErrNoAccount when there is no account with that id
	// and that hash, and nothing changes then.
	ReplaceHash(ctx context.Context, id, old, replacement string) error
}

// Account is what is kept of a user. It does not belong in a session or a log:
// see [Account.User].
type Account struct {
	// ID is the account's own for good and never given to another. What it
	// looks like is up to Accounts (a number, an ObjectID in hexadecimal) as
	// long as it can name a user in a store: see store.CheckUser.
	ID string
	// Username is the name as it was typed, without the space around it.
	Username string
	// Key is the name as it is compared, the result of [Fold]. It is unique.
	Key string
	// Hash is the bcrypt hash of the password.
	Hash string
}

// User returns the part of the account that may be known.
func (a Account) User() User { return User{ID: a.ID, Username: a.Username} }
