package auth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sojourn-dev/sojourn/session"
)

// User is who is logged in, as the session knows it and as pages may show it.
type User struct {
	// ID is the account's, the same for good.
	ID string `json:"id"`
	// Username is the name as it was typed at registration. It may contain
	// any character that can be shown, HTML's among them.
	Username string `json:"username"`
}

// user is where the seeds' Express applications keep it: req.session.user.
const user session.Key[User] = "user"

// CurrentUser returns who is logged in, and false when nobody is. It is also
// false when the session could not be loaded, which a handler behind
// [Authenticator.RequireUser] never meets; any other looks at the session's
// Err if that makes a difference.
func CurrentUser(r *http.Request) (User, bool) {
	u := user.Get(session.From(r))
	if u.ID == "" {
		return User{}, false
	}
	return u, true
}

// begin logs u in. Only now is the session loaded: had it been before the
// password was checked, everything that happened to it meanwhile would have
// to be sorted out.
func (a *Authenticator) begin(w http.ResponseWriter, r *http.Request, u User, remember bool) (User, error) {
	s := session.From(r)
	err := move(r, s, u)
	if err == nil {
		err = a.settle(r, s, u, remember)
	}
	if errors.Is(err, session.ErrGone) {
		// Another request has logged out or in with the same session, say
		// of a form that was sent twice. That is no reason to turn away
		// somebody who knows the password.
		err = a.startOver(r, s, u, remember)
	}
	if err != nil {
		return User{}, fmt.Errorf("logging in: %w", err)
	}
	a.browsers.remember(w, r, u.ID, s.Manager().OverHTTPS(r))
	return u, nil
}

// move gives the session a new id, and empties it if it holds what is
// another's.
func move(r *http.Request, s *session.Session, u User) error {
	if before, ok, err := user.Lookup(s); ok && (err != nil || before.ID != u.ID) {
		return s.Regenerate(r.Context())
	}
	return s.Renew(r.Context())
}

// startOver logs u in with a new session in place of one that is gone.
func (a *Authenticator) startOver(r *http.Request, s *session.Session, u User, remember bool) error {
	if err := s.Regenerate(r.Context()); err != nil {
		return err
	}
	return a.settle(r, s, u, remember)
}

// settle stores who is logged in and for how long. The lifetime is set either
// way: a session that is renewed would keep the one it has.
func (a *Authenticator) settle(r *http.Request, s *session.Session, u User, remember bool) error {
	user.Set(s, u)
	c := s.Cookie()
	c.MaxAge = 0
	if remember {
		c.MaxAge = a.o.RememberFor
	}
	s.SetCookie(c)
	return s.Save(r.Context())
}
