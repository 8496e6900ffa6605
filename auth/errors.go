package auth

import (
	"context"
	"errors"
	"fmt"
)

// The errors that a caller can test for with [errors.Is]. None of them, nor
// what wraps them, contains a password or a hash. Register reports everything
// that is wrong with the credentials at once.
var (
	// ErrNameMissing: the user name is empty or all space.
	ErrNameMissing = errors.New("user name is missing")
	// ErrNameTooLong: the user name has more than MaxNameLength characters.
	ErrNameTooLong = errors.New("user name is too long")
	// ErrNameCharacters: the user name is not text that can be shown on one
	// line, or has nothing in it that can be seen.
	ErrNameCharacters = errors.New("user name has characters that are not allowed")
	// ErrNameTaken: there is an account with that name, or one that is
	// compared as equal to it.
	ErrNameTaken = errors.New("user name is taken")

	// ErrPasswordTooShort: the password has fewer than MinPasswordLength
	// characters.
	ErrPasswordTooShort = errors.New("password is too short")
	// ErrPasswordTooLong: the password has more than MaxPasswordBytes bytes.
	ErrPasswordTooLong = errors.New("password is too long")
	// ErrPasswordCharacters: the password contains a zero byte.
	ErrPasswordCharacters = errors.New("password contains a zero byte")
	// ErrPasswordCommon: the password is one of the 3,000 most common ones, or
	// nothing but the user's name.
	ErrPasswordCommon = errors.New("password is too common")

	// ErrPasswordSame: the new password is the current one.
	ErrPasswordSame = errors.New("new password is the same as before")

	// ErrCredentials: there is no such user, or that is not the password.
	// Which of the two is not said.
	ErrCredentials = errors.New("wrong user name or password")
	// ErrThrottled: too many tries have failed, or were made, and this one came
	// too soon after them. The error is a *ThrottledError, which says how long
	// to wait. Answer 429 with Retry-After.
	ErrThrottled = errors.New("too many tries")
	// ErrBusy: more passwords are waiting to be hashed than Options.MaxQueued
	// allows. Answer 503 with Retry-After.
	ErrBusy = errors.New("too many passwords to check at once")

	// ErrNotLoggedIn: nobody is logged in who could do that.
	ErrNotLoggedIn = errors.New("nobody is logged in")
	// ErrNoSession: the user has no such session, or no longer.
	ErrNoSession = errors.New("no such session")
	// ErrOthersAlive: the password was changed, but it is not sure that the
	// user's other sessions have ended: the store failed, or, with
	// errors.ErrUnsupported beside it, has no index of users.
	ErrOthersAlive = errors.New("other sessions may not have ended")

	// ErrAccounts: the accounts are out of reach. Their engine failed or did not
	// answer within Options.Timeout. Answer 503 with Retry-After.
	ErrAccounts = errors.New("accounts are out of reach")
	// ErrNoAccount is how Accounts say that they have no such account.
	ErrNoAccount = errors.New("no such account")
	// ErrInvalidOptions: Options cannot work.
	ErrInvalidOptions = errors.New("invalid auth options")
)

// accountsFailed wraps an error of the engine that keeps the accounts. It is not
// the engine's when the request, whose context this is, has ended itself.
func accountsFailed(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w: %w", doing, ErrAccounts, err)
}
