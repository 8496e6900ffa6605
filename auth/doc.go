// Package auth gives a web application accounts: registration, login, logout
// and "remember me", on the sessions of package session.
//
//	users, err := sqlusers.New(ctx, db, sqlusers.Options{})
//	accounts, err := auth.New(auth.Options{Accounts: users})
//
//	u, err := accounts.Register(w, r, auth.Credentials{Username: name, Password: password})
//	u, err = accounts.Login(w, r, auth.Credentials{Username: name, Password: password, Remember: true})
//	err = accounts.Logout(r)
//
//	mux.Handle("GET /dashboard", accounts.RequireUser(dashboard))
//	u, ok := auth.CurrentUser(r)
//
// The requests come through the Handler of a session.Manager. The package
// writes no pages and reads no forms; the program cmd/sojourn shows how that
// is done around it. Protect the forms against other sites with
// [net/http.CrossOriginProtection].
//
// # Sessions
//
// A login gives the session a new id, and the old one is dead: whoever planted
// or saw an id before the login has nothing. What an anonymous visitor had in
// the session stays, unless it belonged to another user, in which case the
// session starts empty. Afterwards the session holds who is logged in, under
// the key "user" where Express finds it as req.session.user:
//
//	{"id":"…","username":"…"}
//
// # Passwords
//
// Passwords are kept as bcrypt hashes. bcrypt reads no more than 72 bytes, and
// other implementations stop at a zero byte; passwords beyond that are refused
// everywhere instead of being cut. A hash of another cost than
// [Options.Cost] is replaced at the next login.
//
// Nobody can tell from the answer to a login, or from how long it took,
// whether an account exists: where there is none, the password is compared
// with a hash that fits nothing. Registration does tell, as it must where
// names are chosen.
//
// Hashing is the most expensive thing that a stranger can ask for. No more of
// it is done at once than there are processors, and no more requests than
// [Options.MaxQueued] wait for it; the next one gets [ErrBusy].
//
// # Names
//
// Two names are the same when they look the same: "Ada", "ada" and fullwidth
// "ａｄａ" are one account. See [Fold]. A name is shown as it was typed at
// registration.
package auth
