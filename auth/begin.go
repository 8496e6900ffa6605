package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/sojourn-dev/sojourn/session"
)

// maxBegins bounds how often a login starts over because the account changes
// under its hands.
const maxBegins = 3

// errChanged: the password is no longer the one that was compared.
var errChanged = errors.New("the account has changed meanwhile")

// enter logs in to an account whose password was found to be right. If it has
// changed by the time the session could be revoked, it is looked at again: a
// login with the old password must not outlive the change.
func (a *Authenticator) enter(w http.ResponseWriter, r *http.Request, c Credentials, account Account) (User, error) {
	s := session.From(r)
	for begins := 1; ; begins++ {
		err := a.begin(r, s, account, c.Remember)
		if err == nil {
			a.browsers.remember(w, r, account, s.Manager().OverHTTPS(r))
			return account.User(), nil
		}
		if errors.Is(err, errChanged) && begins < maxBegins {
			if account, err = a.authenticate(r, c); err == nil {
				continue
			}
		} else {
			err = fmt.Errorf("logging in: %w", err)
		}
		if s.Err() == nil {
			abandon(r, s)
		}
		return User{}, err
	}
}

// begin has the session be the account's. Only now is it loaded: had it been
// before the password was checked, everything that happened to it meanwhile
// would have to be sorted out.
func (a *Authenticator) begin(r *http.Request, s *session.Session, account Account, remember bool) error {
	err := move(r, s, account.ID)
	if err == nil {
		err = a.settle(r, s, account, remember)
	}
	if errors.Is(err, session.ErrGone) {
		// Another request has logged out or in with the same session, say
		// of a form that was sent twice. That is no reason to turn away
		// somebody who knows the password.
		err = a.startOver(r, s, account, remember)
	}
	return err
}

// move gives the session a new id, and empties it if it holds what is
// another's.
func move(r *http.Request, s *session.Session, id string) error {
	if before, ok, err := user.Lookup(s); ok && (err != nil || before.ID != id) {
		return s.Regenerate(r.Context())
	}
	return s.Renew(r.Context())
}

// startOver logs in with a new session in place of one that is gone.
func (a *Authenticator) startOver(r *http.Request, s *session.Session, account Account, remember bool) error {
	if err := s.Regenerate(r.Context()); err != nil {
		return err
	}
	return a.settle(r, s, account, remember)
}

// settle stores who is logged in and for how long. The lifetime is set either
// way: a session that is renewed would keep the one it has.
func (a *Authenticator) settle(r *http.Request, s *session.Session, account Account, remember bool) error {
	if err := a.bind(r.Context(), s, account); err != nil {
		return err
	}
	user.Set(s, account.User())
	noteVisit(s, r)
	c := s.Cookie()
	c.MaxAge = 0
	if remember {
		c.MaxAge = a.o.RememberFor
	}
	s.SetCookie(c)
	return s.Save(r.Context())
}

// bind binds the session to the account, and makes sure that it is as it was
// when the password was compared. In this order: a change of the password
// first replaces the hash and then ends the sessions that are bound, so either
// the new hash is seen here, or the session is ended there.
func (a *Authenticator) bind(ctx context.Context, s *session.Session, account Account) error {
	if err := s.SetUser(ctx, account.ID); err != nil {
		return err
	}
	now, err := a.findID(ctx, account.ID)
	switch {
	case errors.Is(err, ErrNoAccount), err == nil && now.Hash != account.Hash:
		return errChanged
	case err != nil:
		return err
	}
	return nil
}

// findID returns the account with that id. It is ErrNoAccount if there is none.
func (a *Authenticator) findID(ctx context.Context, id string) (Account, error) {
	limited, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	account, err := a.o.Accounts.FindID(limited, id)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		err = accountsFailed(ctx, "finding the account", err)
	}
	return account, err
}

// abandon takes back what a login that failed has done to a session that itself
// is well. Errors are kept by the session.
func abandon(r *http.Request, s *session.Session) {
	if s.Handle() == "" {
		_ = s.Destroy(r.Context()) // it is new, so there is nothing to remove
		return
	}
	_ = s.Reload(r.Context())
}
