// Package web is what the program sojourn serves: pages to register, to log in
// and out, to change the password, and to see and end one's sessions. They are
// rendered on the server, need no script, and are embedded in the program. To
// programs the same routes speak JSON.
package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

// Options are what [New] needs.
type Options struct {
	// Accounts says how accounts are kept. Its Logger is not used.
	Accounts auth.Options
	// Sessions says how sessions are kept: Store must be set, Logger and
	// ErrorHandler are not used.
	Sessions session.Options
	// Logger takes errors, and each request at debug level. Nil is
	// slog.Default() at the time of New.
	Logger *slog.Logger
}

type site struct {
	auth   *auth.Authenticator
	log    *slog.Logger
	pages  pages
	limits limits
}

// limits are how long sessions live, for people.
type limits struct {
	Idle, Remember, Absolute string // Absolute is "" if there is none
}

// New returns the whole site. It is safe for concurrent use.
func New(o Options) (http.Handler, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &site{log: o.Logger, pages: parsePages(), limits: limitsOf(o)}
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
	mux.Handle("GET /healthz", health(o.Sessions.Store, o.Accounts.Accounts))
	mux.Handle("/", noStore(sessions.Handler(s.routes())))
	return s.guard(mux, sessions.OverHTTPS), nil
}

func limitsOf(o Options) limits {
	const day = 24 * time.Hour // what packages session and auth take 0 for
	idle, remember := cmp.Or(o.Sessions.IdleTimeout, day), cmp.Or(o.Accounts.RememberFor, 30*day)
	var l limits
	if most := o.Sessions.AbsoluteTimeout; most > 0 {
		l.Absolute = span(most)
		idle, remember = min(idle, most), min(remember, most)
	}
	l.Idle, l.Remember = span(idle), span(remember)
	return l
}

// routes are the pages that have a session.
func (s *site) routes() http.Handler {
	register := entrance{"register", "Create an account", s.auth.Register, http.StatusCreated, "Account created, and logged in"}
	login := entrance{"login", "Log in", s.auth.Login, http.StatusOK, "Successfully logged in"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /register", s.showEntrance(register))
	mux.HandleFunc("POST /register", s.takeEntrance(register))
	mux.HandleFunc("GET /login", s.restoreBrowser(s.showEntrance(login)))
	mux.HandleFunc("POST /login", s.takeEntrance(login))
	mux.HandleFunc("GET /logout", s.askLogout)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /", s.notFound)

	mux.Handle("GET /{$}", s.forUsers(s.page("home", "Home")))
	mux.Handle("GET /dashboard", s.forUsers(s.dashboard))
	mux.Handle("GET /sessions", s.forUsers(s.showSessions))
	mux.Handle("POST /sessions/end", s.forUsers(s.endSession))
	mux.Handle("POST /sessions/end-others", s.forUsers(s.endOthers))
	mux.Handle("GET /password", s.forUsers(s.page("password", passwordTitle)))
	mux.Handle("POST /password", s.forUsers(s.takePassword))
	return mux
}

// forUsers lets requests of logged-in users through. People are led to the
// login, programs are told.
func (s *site) forUsers(next http.HandlerFunc) http.Handler {
	required := s.auth.RequireUser(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if prefersJSON(r) && session.From(r).Err() == nil {
			if _, ok := auth.CurrentUser(r); !ok {
				s.answerJSON(w, r, http.StatusUnauthorized, reply{Msg: "Not logged in"})
				return
			}
		}
		required.ServeHTTP(w, r)
	})
}

// guard puts next behind what protects every page. The limit of the body comes
// first: the server closes a connection with too much on it, but only if the
// ResponseWriter is its own.
func (s *site) guard(next http.Handler, https func(*http.Request) bool) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(s.foreign))
	return limitBody(s.logAccess(secure(protection.Handler(next), https)))
}
