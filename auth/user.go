package auth

import (
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
