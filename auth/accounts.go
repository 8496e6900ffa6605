package auth

import "context"

// Accounts keeps the accounts. Package sqlusers does so in an SQL database,
// package mongousers in MongoDB. Package authtest tests whether another
// implementation keeps what is promised here.
//
// All methods are safe for concurrent use, by many processes where the engine
// is shared. A nil error means that the effect is stored; with any other nothing
// has changed, unless the engine failed or ctx ended in the middle. A failing
// engine is an error by the deadline of ctx, never a hang, and a ctx that has
// ended is its error. Errors other than those named here are the engine's own,
// wrapped, without a hash in them; an [Authenticator] adds [ErrAccounts].
type Accounts interface {
	// Create stores a new account and returns the id that it has given it;
	// the ID of a is not looked at. It is ErrNameTaken, and no id, when there is
	// an account with the same Key. Of several at the same time one succeeds.
	Create(ctx context.Context, a Account) (id string, err error)

	// Find returns the account of a name, given as it was typed and as it is
	// compared, key being the Fold of username. Where another program stores
	// accounts as well, there may be several with the same key: the one with
	// exactly that Username comes first. It is ErrNoAccount, and the zero
	// Account, when there is none, as there is for what can be no name or key:
	// either may be any string.
	Find(ctx context.Context, username, key string) (Account, error)

	// FindID returns the account with the given id, which may be any string.
	// It is ErrNoAccount, and the zero Account, when there is none. Like Find
	// it sees what has been stored, whoever stored it.
	FindID(ctx context.Context, id string) (Account, error)

	// ReplaceHash replaces the hash of an account, provided that it is still
	// the old one, and nothing else. It is ErrNoAccount when there is no account
	// with that id and that hash, and nothing changes then. Of several at the
	// same time that replace the same hash by others, one succeeds.
	ReplaceHash(ctx context.Context, id, old, replacement string) error
}

// Account is what is kept of a user. It does not belong in a session or a log:
// see [Account.User].
type Account struct {
	// ID is the account's own for good and never given to another. What it
	// looks like is up to Accounts (a number, an ObjectID in hexadecimal) as
	// long as it can name a user in a store: see store.CheckUser.
	ID string
	// Username is the name as it was typed, without the space around it. It
	// is at most MaxNameLength characters of text on one line.
	Username string
	// Key is the name as it is compared, the result of [Fold]. It is unique
	// among the accounts that are made by Create.
	Key string
	// Hash is the bcrypt hash of the password.
	Hash string
}

// User returns the part of the account that may be known.
func (a Account) User() User { return User{ID: a.ID, Username: a.Username} }
