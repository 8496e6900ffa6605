package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// ChangePassword replaces the password of who is logged in, gives the session a
// new id, and ends all other sessions of that user. The session is stored when
// ChangePassword returns, so the header must not have been sent yet. w is given
// the cookie by which the browser is known again, and nothing else.
//
// The error wraps [ErrNotLoggedIn]; [ErrCredentials] when that is not the
// current password, be it that somebody else has just changed it; one of the
// ErrPassword… errors when the new one will not do; [ErrThrottled] or [ErrBusy]
// as for Login. In all these cases nothing has changed. With [ErrOthersAlive]
// the password has changed, but the other sessions may be alive. Any other is
// a failure of Accounts, [ErrAccounts], or of the session.
func (a *Authenticator) ChangePassword(w http.ResponseWriter, r *http.Request, current, replacement string) error {
	s, account, err := a.ownAccount(r)
	if err != nil {
		return err
	}
	if err := checkPassword(replacement, account.Key); err != nil {
		return err
	}
	if replacement == current {
		return ErrPasswordSame
	}
	var hash string
	err = a.verify(r, account, current, func() (err error) {
		hash, err = a.hasher.exchange(r.Context(), account.Hash, current, replacement)
		return err
	})
	if err == nil {
		err = a.exchangeHash(r.Context(), &account, hash)
	}
	if err != nil {
		return err
	}
	if err := a.remainAlone(r, s, account); err != nil {
		return err
	}
	a.browsers.remember(w, r, account, s.Manager().OverHTTPS(r))
	return nil
}

// CheckPassword reports whether the password is that of who is logged in, for
// what should take more than a session that somebody left open. The error
// wraps [ErrNotLoggedIn], [ErrCredentials], [ErrThrottled], [ErrBusy] or
// [ErrAccounts]; any other is a failure of the session.
func (a *Authenticator) CheckPassword(r *http.Request, password string) error {
	_, account, err := a.ownAccount(r)
	if err != nil {
		return err
	}
	return a.verify(r, account, password, func() error {
		return a.hasher.compareOnly(r.Context(), account.Hash, password)
	})
}

// ownAccount returns the account of who is logged in. One that is gone has no
// password that could be right.
func (a *Authenticator) ownAccount(r *http.Request) (*session.Session, Account, error) {
	s, u, err := loggedIn(r)
	if err != nil {
		return nil, Account{}, err
	}
	account, err := a.findID(r.Context(), u.ID)
	switch {
	case errors.Is(err, ErrNoAccount):
		return nil, Account{}, ErrCredentials
	case err != nil:
		return nil, Account{}, err
	}
	return s, account, nil
}

// loggedIn returns the session of r and who is logged in.
func loggedIn(r *http.Request) (*session.Session, User, error) {
	s := session.From(r)
	if err := s.Err(); err != nil {
		return nil, User{}, err
	}
	u, ok := CurrentUser(r)
	if !ok {
		return nil, User{}, ErrNotLoggedIn
	}
	return s, u, nil
}

// verify has the password of an account compared that somebody is logged in to
// already. That counts apart from guesses by strangers, who could otherwise
// keep the owner from changing the password. In a browser that is known it
// counts with its logins, and so a success here or there forgets all of it.
func (a *Authenticator) verify(r *http.Request, account Account, password string, compare func() error) error {
	if hashable(password) != nil {
		return ErrCredentials
	}
	y, err := a.throttle.begin(a.throttle.account(account.Key, account), a.guessingInside(r, account))
	if err != nil {
		return err
	}
	defer y.end(void)
	err = compare()
	y.end(verdict(err))
	return err
}

// exchangeHash stores a new hash in place of the one that was compared. It does
// not stop halfway when the client leaves.
func (a *Authenticator) exchangeHash(ctx context.Context, account *Account, replacement string) error {
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	err := a.o.Accounts.ReplaceHash(limited, account.ID, account.Hash, replacement)
	if errors.Is(err, ErrNoAccount) {
		return ErrCredentials
	}
	if err != nil {
		// It may have been stored all the same, and then the other sessions
		// have to end.
		if now, again := a.findID(ctx, account.ID); again != nil || now.Hash != replacement {
			return accountsFailed(ctx, "changing the password", err)
		}
	}
	account.Hash = replacement
	return nil
}

// remainAlone ends the sessions of an account whose password was changed, all
// but that of the request.
func (a *Authenticator) remainAlone(r *http.Request, s *session.Session, account Account) error {
	remember := s.Cookie().MaxAge > 0
	err := endOthers(r, s, account.User())
	if errors.Is(err, session.ErrGone) {
		// Somebody else has ended this one, and may have spared his own.
		if err = s.Manager().RevokeUser(r.Context(), account.ID); err == nil {
			if err := a.startOver(r, s, account, remember); err != nil {
				return fmt.Errorf("logging in after the password was changed: %w", err)
			}
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOthersAlive, err)
	}
	return nil
}

// endOthers ends the sessions of a user, all but that of the request, which
// goes on under a new id.
func endOthers(r *http.Request, s *session.Session, u User) error {
	err := s.Renew(r.Context())
	if err == nil {
		err = adopt(r, s, u)
	}
	if err == nil {
		err = s.RevokeOthers(r.Context())
	}
	if err != nil && !errors.Is(err, session.ErrGone) {
		// The session keeps the error, which would take the place of what the
		// application has to say about it. If it can be stored, all is well
		// with it.
		_ = s.Save(r.Context())
	}
	return err
}

// adopt binds a session to its user if that was not done when it began: by
// another program, or before there was such a thing. Who has an id of a kind
// that no store takes, which another program must have given, stays unbound.
func adopt(r *http.Request, s *session.Session, u User) error {
	if s.User() == u.ID || store.CheckUser(u.ID) != nil {
		return nil
	}
	return s.SetUser(r.Context(), u.ID)
}
