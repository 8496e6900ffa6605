// Package web is what the program sojourn serves: pages to register, to log in
// and out, and to see that it worked. They are rendered on the server, need no
// script, and are embedded in the program.
package web

import (
	"log/slog"
	"net/http"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

// Options are what [New] needs.
type Options struct {
	// Accounts, of which Logger may be nil, and Sessions, of which Logger and
	// ErrorHandler may be nil.
	Accounts auth.Options
	Sessions session.Options
	// Logger takes errors, and each request at debug level. Nil is
	// slog.Default() at the time of New.
	Logger *slog.Logger
}

type site struct {
	auth  *auth.Authenticator
	log   *slog.Logger
	pages pages
}

// New returns the whole site. It is safe for concurrent use.
func New(o Options) (http.Handler, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &site{log: o.Logger, pages: parsePages()}
	o.Accounts.Logger = o.Logger
	o.Sessions.Logger = o.Logger
	o.Sessions.ErrorHandler = s.sessionFailed
	sessions, err := session.New(o.Sessions)
	if err != nil {
		return nil, err
	}
	if s.auth, err = auth.New(o.Accounts); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /style.css", serveStyle())
	mux.Handle("/", noStore(sessions.Handler(s.routes())))
	return s.guard(mux), nil
}

// routes are the pages that have a session.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.auth.RequireUser(s.page("home", "Home")))
	mux.Handle("GET /dashboard", s.auth.RequireUser(s.page("dashboard", "Dashboard")))
	mux.HandleFunc("GET /register", s.showForm("register", "Register"))
	mux.HandleFunc("POST /register", s.takeForm("register", "Register", s.auth.Register))
	mux.HandleFunc("GET /login", s.showForm("login", "Log in"))
	mux.HandleFunc("POST /login", s.takeForm("login", "Log in", s.auth.Login))
	mux.HandleFunc("GET /logout", s.askLogout)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /", s.notFound)
	return mux
}

// guard puts next behind what protects every page. The limit of the body comes
// first: the server closes a connection with too much on it, but only if the
// ResponseWriter is its own.
func (s *site) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(s.foreign))
	return limitBody(s.logAccess(secure(protection.Handler(next))))
}
