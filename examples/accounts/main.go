// Accounts is a whole application: registration, login with a password,
// pages for users only, and logout. Users and sessions are kept in one SQLite
// file.
//
//	SESSION_SECRET=$(go run ./cmd/sojourn secret) go run ./examples/accounts
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "where to listen")
	db := flag.String("db", filepath.Join(os.TempDir(), "sojourn-accounts.db"), "file with users and sessions")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *db); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends. It is apart from main so that what it defers runs.
func run(ctx context.Context, addr, path string) error {
	secret := os.Getenv("SESSION_SECRET")
	if secret == "" {
		return errors.New("SESSION_SECRET is not set: go run ./cmd/sojourn secret prints one")
	}
	db, err := sqlite.OpenDB(path, sqlite.DBOptions{})
	if err != nil {
		return err
	}
	defer db.Close()
	handler, err := newHandler(ctx, db, secret)
	if err != nil {
		return err
	}
	return serve(ctx, addr, handler)
}

type app struct{ accounts *auth.Authenticator }

func newHandler(ctx context.Context, db *sqlite.DB, secret string) (http.Handler, error) {
	secrets := []string{secret}
	store, err := sqlite.New(db, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	users, err := sqlusers.New(ctx, db.Writer(), sqlusers.Options{Reader: db.Reader()})
	if err != nil {
		return nil, err
	}
	sessions, err := session.New(session.Options{Secrets: secrets, Store: store})
	if err != nil {
		return nil, err
	}
	a := &app{}
	if a.accounts, err = auth.New(auth.Options{Accounts: users, Secrets: secrets}); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", a.accounts.RequireUser(http.HandlerFunc(a.home)))
	mux.HandleFunc("GET /register", show("Register"))
	mux.HandleFunc("POST /register", a.enter("Register", a.accounts.Register))
	mux.HandleFunc("GET /login", show("Log in"))
	mux.HandleFunc("POST /login", a.enter("Log in", a.accounts.Login))
	mux.HandleFunc("POST /logout", a.logout)
	protected := http.NewCrossOriginProtection().Handler(sessions.Handler(mux))
	return http.MaxBytesHandler(protected, 16<<10), nil
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	u, _ := auth.CurrentUser(r) // there is one, behind RequireUser
	render(w, http.StatusOK, "home", u.Username)
}

// form is what the page of a registration or a login shows.
type form struct{ Title, Username, Problem string }

func show(title string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		render(w, http.StatusOK, "form", form{Title: title})
	}
}

// enter takes a form and has it lead into an account.
func (a *app) enter(title string, enter func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := form{Title: title, Username: r.PostFormValue("username")}
		_, err := enter(w, r, auth.Credentials{
			Username: f.Username,
			Password: r.PostFormValue("password"),
			Remember: r.PostFormValue("remember") != "",
		})
		if err == nil {
			http.Redirect(w, r, auth.LocalURL(r.FormValue("next"), "/"), http.StatusSeeOther)
			return
		}
		var status int
		status, f.Problem = explain(w, err)
		render(w, status, "form", f)
	}
}

// explain tells a user what is wrong, and the log what is nobody's business.
func explain(w http.ResponseWriter, err error) (status int, text string) {
	var throttled *auth.ThrottledError
	if errors.As(err, &throttled) {
		w.Header().Set("Retry-After", strconv.Itoa(int(throttled.RetryAfter.Seconds())))
		return http.StatusTooManyRequests, "Too many tries. Please wait " + throttled.RetryAfter.String() + "."
	}
	for _, problem := range []struct {
		err    error
		status int
		text   string
	}{
		{auth.ErrCredentials, http.StatusUnauthorized, "Wrong user name or password."},
		{auth.ErrNameTaken, http.StatusConflict, "This name is taken."},
		{auth.ErrNameMissing, http.StatusBadRequest, "Choose a user name."},
		{auth.ErrNameTooLong, http.StatusBadRequest, "Choose a user name of at most 64 characters."},
		{auth.ErrNameCharacters, http.StatusBadRequest, "Choose a user name that can be read."},
		{auth.ErrPasswordTooShort, http.StatusBadRequest, "Choose a password of at least 8 characters."},
		{auth.ErrPasswordTooLong, http.StatusBadRequest, "Choose a password of at most 72 bytes."},
		{auth.ErrPasswordCharacters, http.StatusBadRequest, "Choose a password that can be typed."},
		{auth.ErrPasswordCommon, http.StatusBadRequest, "This password is among the first that are tried."},
		{auth.ErrBusy, http.StatusServiceUnavailable, "Many people are logging in. Please try again."},
	} {
		if errors.Is(err, problem.err) {
			return problem.status, problem.text
		}
	}
	log.Print(err)
	return http.StatusInternalServerError, "Something went wrong."
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	if err := a.accounts.Logout(r); err != nil {
		return // the answer is a 503, whatever is written here
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// serve serves a handler on addr until ctx ends, and then lets the requests
// finish that are under way: their sessions are stored before the file closes.
func serve(ctx context.Context, addr string, handler http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("serving on http://%s", listener.Addr())
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second, // a password may wait to be hashed
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(within)
}
