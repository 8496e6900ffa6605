// Package session gives the requests of a net/http server their sessions:
// values that are kept between the requests of one browser, in a [store.Store],
// found again by a signed cookie.
//
//	const views session.Key[int] = "views"
//
//	sessions, err := session.New(session.Options{
//		Secrets: []string{os.Getenv("SESSION_SECRET")},
//	})
//	...
//	http.ListenAndServe(":3000", sessions.Handler(mux))
//
//	func count(w http.ResponseWriter, r *http.Request) {
//		n, err := views.Update(session.From(r), func(n int) int { return n + 1 })
//		...
//	}
//
// # What it promises
//
// Requests of one browser overlap. Writes to different keys, and
// [Key.Update], never lose anything, whichever request ends first; of two plain
// [Key.Set]s of one key the later save wins. Nothing brings a session back that
// was destroyed or renewed: a request that was under way then drops what it
// changed, and sets no cookie.
//
// A session is stored before the first byte of the response's header leaves. A
// redirect never races its own session, and a session that could not be stored
// makes the response an error instead of a lie.
//
// # The life of a session in a request
//
// [From] loads the session; a request that does not call it makes no store
// call. When the header is about to be sent, the session is stored if it was
// changed, and otherwise touched if that is due (Options.TouchAfter). What is
// changed after that is stored when the handler returns, if the session
// existed; a new one cannot be created then, for its cookie could not be set.
// A handler that panics stores nothing.
//
// # Logging in and out
//
// Call [Session.Renew] when a user logs in, so that an id that somebody else
// has planted or seen before is worth nothing afterwards, and
// [Session.Destroy] when the user logs out.
//
// # Without a store
//
// With Options.ClientSide a session lives wholly in its cookie. Most of what is
// promised above rests on a store: see [ClientSide].
//
// # Formats
//
// Cookie and record are those of express-session 1.19.0, byte for byte, so
// that Express applications can share the sessions: see docs/express.md.
package session
