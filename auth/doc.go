// Package auth gives a web application accounts: registration, login, logout
// and "remember me", on the sessions of package session.
//
//	users, err := sqlusers.New(ctx, db, sqlusers.Options{})
//	accounts, err := auth.New(auth.Options{Accounts: users})
//
//	u, err := accounts.Register(w, r, auth.Credentials{Username: name, Password: password})
//	u, err = accounts.Login(w, r, auth.Credentials{Username: name, Password: password, Remember: true})
//	err = accounts.ChangePassword(w, r, current, replacement)
//	err = accounts.Logout(r)
//
//	sessions, err := accounts.Sessions(r)
//	err = accounts.EndSession(r, sessions[1].Handle)
//	err = accounts.EndOtherSessions(r)
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
// and under the key "visit" what its owner recognises it by: the browser's name
// for itself, and when it was used last, which [Authenticator.RequireUser] keeps
// up to date to the minute.
//
// A session is bound to its user (session.Session.SetUser), so that it can be
// listed and ended from another one. That takes a session store that has an
// index of users (store.UserIndex), as the stores of this repository do. On any
// other, everything works but Sessions, EndSession, EndOtherSessions and the
// end of the other sessions when the password changes, which report
// errors.ErrUnsupported. RequireUser also binds the sessions that were begun by
// another program, an Express application for one; until it has, they are not
// ended with the others.
//
// # Ending sessions
//
// [Authenticator.ChangePassword] ends all sessions of the user but the one that
// it is called in, the remembered ones among them, and gives that one a new id.
// It replaces the hash first, provided that it is still the one that the
// current password was compared with, and then ends the sessions with a single
// write, which nothing outlives that was bound before: no request in flight, no
// session that is just being renewed. A login first binds its session and then
// makes sure that the hash is still the one that it has compared the password
// with. So whichever comes first, a login with the old password is refused, or
// its session is dead. When the hash is replaced, the rest is done even if the
// client has left. If it fails, the error is [ErrOthersAlive], and it is up to
// the application to say so and to try [Authenticator.EndOtherSessions].
//
// [Authenticator.EndSession] and [Authenticator.EndOtherSessions] ask for no
// password. Whoever holds a stolen session can use them to throw its owner out,
// but the owner gets in again with the password, and the thief does not; while
// an owner who finds a stranger's session should be able to end it at once. An
// application that wants to ask for the password all the same, as ASVS 7.5.2
// has it, calls [Authenticator.CheckPassword] before.
//
// # Passwords
//
// Passwords are kept as bcrypt hashes. bcrypt reads no more than 72 bytes, and
// other implementations stop at a zero byte; passwords beyond that are refused
// everywhere instead of being cut; a login with one is told so, whatever the
// name ([ErrPasswordTooLong] beside [ErrCredentials]). Hashes are written with
// the version "$2b$", as Node's bcrypt does; "$2a$" and "$2y$" are read as well.
// A hash of another cost than [Options.Cost] is replaced at the next login.
//
// A new password has at least 8 characters, whichever they are. It is none of
// the 3,000 most common ones that long, in whatever case, and not the user's
// name, alone or repeated.
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
// # Guessing
//
// Five failed logins are free; after that the next try has to wait for a
// second, then for two, four, and so on up to 15 minutes. A try that comes too
// soon is refused with [ErrThrottled] before anything is hashed, and changes
// nothing. [Options.LoginRate] adjusts it. It is counted
//
//   - for each account, and for each name that nobody has in the same way, so
//     that nobody learns which there are. A success forgets the failures.
//   - for each address, or /64 network of IPv6 addresses, more generously. A
//     success forgets the failures at the same account, and no others: logging
//     in to an account of one's own does not make room for more guesses at
//     somebody else's.
//
// While there are no failures, what was counted is forgotten at the pace of one
// each 15 minutes. In the long run an account is guessed at no more often than
// that, about a hundred times a day, however the guesses are spread over time
// and addresses. A try counts from its beginning, so of many at the same moment
// no more are looked at than of those made one by one. Only for an address, at
// which many people may log in at nine o'clock, as many may be under way as
// have a place at the hashers, as long as it has failures free.
//
// A login also gives the browser a cookie by which it is known again for 180
// days, with any of the last four accounts that were logged in to there. In it
// there is no name and no id, only a signature for the account. For a browser
// that is known, neither the account's waits nor the address's apply, but one
// of its own with the same rate: whoever guesses at an account, from however
// many addresses, cannot keep its owner out of a browser that he has used
// before, and a cookie that was stolen does not give any number of guesses. The
// cookie logs nobody in. It outlives a change of the password, of which it says
// nothing. In a browser that is not known, the owner has to wait like everybody
// else, and an attacker who keeps at it may be quicker each time: what is
// promised there is only that no single wait is longer than the longest.
//
// The current password that ChangePassword and CheckPassword ask for is counted
// in the same way, but apart from logins: guesses by strangers do not keep
// somebody who is logged in from changing the password.
//
// The state is kept in memory, in this process: several processes count each
// by itself, and a restart forgets. Of each kind (names, addresses, known
// browsers, addresses that register) no more than 65,536 are kept, beside those
// with a try under way, in a few hundred bytes each, and names not as they are. When
// there are more, those with the fewest failures go first, the oldest of them.
// So to have the failures at one account forgotten, an attacker must fail as
// often at each of 65,536 others, within the time in which those would be
// forgotten by themselves.
//
// Registrations are limited for each address, since each costs a hash; see
// [Options.RegisterRate].
//
// # Names
//
// Two names are the same when they look the same: "Ada", "ada" and fullwidth
// "ａｄａ" are one account. See [Fold]. A name is shown as it was typed at
// registration.
//
// Another program that shares the accounts, such as an Express application, may
// have made an account "Ada" and another "ada". Then the name leads to the one
// that it is exactly, and these are two accounts in everything: their failures
// and waits are counted apart, so that who logs in to one has nothing forgotten
// that was tried at the other. By trying, a stranger can then tell that these
// two are not one.
//
// # Outages
//
// An engine that fails, or does not answer within [Options.Timeout], is
// [ErrAccounts], and nobody is logged in. Sessions that are open go on, for they
// are asked about who is logged in, not the accounts.
package auth
