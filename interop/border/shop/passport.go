package main

import (
	"log"
	"net/http"
	"strconv"

	"github.com/sojourn-dev/sojourn/session"
)

// passport is what Passport keeps of who is logged in: req.session.passport.
type passport struct {
	User int `json:"user"` // what serializeUser gives to done, of its type
}

const login session.Key[passport] = "passport"

// userID returns who is logged in, on whichever side; 0 is nobody.
func userID(s *session.Session) int { return login.Get(s).User }

// requireUser lets those through to next who are logged in.
func requireUser(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if _, _, err := login.Lookup(s); err != nil {
			log.Print(err) // serializeUser gives something else
		}
		id := userID(s)
		if s.Err() != nil {
			return // the session could not be loaded: the response becomes a 503
		}
		if id == 0 {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		if user := strconv.Itoa(id); s.User() != user {
			s.SetUser(r.Context(), user) // lists the session as this user's; an ignored error becomes a 503
		}
		next(w, r)
	}
}

// logIn does what req.login of Passport 0.6 and newer does: a new id, and an
// empty session. With Renew in place of Regenerate, what is in the session
// stays, as with keepSessionInfo.
func logIn(r *http.Request, id int) error {
	s := session.From(r)
	if err := s.Regenerate(r.Context()); err != nil {
		return err
	}
	login.Set(s, passport{User: id})
	return s.SetUser(r.Context(), strconv.Itoa(id))
}

// logOut ends the session, for both sides.
func logOut(r *http.Request) error {
	return session.From(r).Destroy(r.Context())
}
