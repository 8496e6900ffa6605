package auth_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/session"
)

// The whole of a small application with accounts. The driver is modernc.org/sqlite.
func Example() {
	db, err := sql.Open("sqlite", "app.db")
	if err != nil {
		log.Fatal(err)
	}
	users, err := sqlusers.New(context.Background(), db, sqlusers.Options{})
	if err != nil {
		log.Fatal(err)
	}
	secrets := []string{os.Getenv("SESSION_SECRET")}
	accounts, err := auth.New(auth.Options{Accounts: users, Secrets: secrets})
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Options{Secrets: secrets})
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", accounts.RequireUser(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, _ := auth.CurrentUser(r)
		fmt.Fprintf(w, "Hello, %s!\n", u.Username) // text/plain; in HTML, through html/template
	})))
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		_, err := accounts.Login(w, r, auth.Credentials{
			Username: r.PostFormValue("username"),
			Password: r.PostFormValue("password"),
			Remember: r.PostFormValue("remember") != "",
		})
		var throttled *auth.ThrottledError
		switch {
		case errors.As(err, &throttled):
			w.Header().Set("Retry-After", strconv.Itoa(int(throttled.RetryAfter.Seconds())))
			http.Error(w, "Too many tries. Please wait for "+throttled.RetryAfter.String()+".", http.StatusTooManyRequests)
		case errors.Is(err, auth.ErrCredentials):
			http.Error(w, "Wrong user name or password.", http.StatusUnauthorized)
		case errors.Is(err, auth.ErrBusy):
			w.Header().Set("Retry-After", "2")
			http.Error(w, "Please try again.", http.StatusServiceUnavailable)
		case err != nil:
			log.Print(err)
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		default:
			http.Redirect(w, r, auth.LocalURL(r.PostFormValue("next"), "/"), http.StatusSeeOther)
		}
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := accounts.Logout(r); err != nil {
			return // the session's ErrorHandler answers
		}
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})

	protected := http.NewCrossOriginProtection().Handler(sessions.Handler(mux))
	log.Fatal(http.ListenAndServe("127.0.0.1:3000", protected))
}

// Register reports everything that is wrong with what was typed at once.
func ExampleAuthenticator_Register() {
	var accounts *auth.Authenticator // from auth.New

	http.HandleFunc("POST /register", func(w http.ResponseWriter, r *http.Request) {
		_, err := accounts.Register(w, r, auth.Credentials{
			Username: r.PostFormValue("username"),
			Password: r.PostFormValue("password"),
		})
		var problems []string
		for problem, text := range map[error]string{
			auth.ErrNameMissing:      "Choose a user name.",
			auth.ErrNameTaken:        "That name is taken.",
			auth.ErrPasswordTooShort: "The password needs 8 characters.",
			auth.ErrPasswordCommon:   "That password is one of the first to be guessed.",
			// and so on
		} {
			if errors.Is(err, problem) {
				problems = append(problems, text)
			}
		}
		switch {
		case err == nil:
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case len(problems) > 0:
			http.Error(w, fmt.Sprint(problems), http.StatusBadRequest)
		default:
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		}
	})
}

// Whoever changes the password is logged out everywhere else.
func ExampleAuthenticator_ChangePassword() {
	var accounts *auth.Authenticator // from auth.New

	http.HandleFunc("POST /password", func(w http.ResponseWriter, r *http.Request) {
		err := accounts.ChangePassword(w, r, r.PostFormValue("current"), r.PostFormValue("replacement"))
		var throttled *auth.ThrottledError
		switch {
		case err == nil:
			fmt.Fprintln(w, "Your password is changed, and you are logged out everywhere else.")
		case errors.Is(err, auth.ErrOthersAlive):
			fmt.Fprintln(w, "Your password is changed. Please end your other sessions, which may still be open.")
		case errors.As(err, &throttled):
			w.Header().Set("Retry-After", strconv.Itoa(int(throttled.RetryAfter.Seconds())))
			http.Error(w, "Too many tries.", http.StatusTooManyRequests)
		case errors.Is(err, auth.ErrCredentials):
			http.Error(w, "That is not your current password.", http.StatusUnauthorized)
		case errors.Is(err, auth.ErrPasswordTooShort), errors.Is(err, auth.ErrPasswordCommon): // and so on
			http.Error(w, "Please choose another password.", http.StatusBadRequest)
		default:
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		}
	})
}

// Everybody may see where they are logged in.
func ExampleAuthenticator_Sessions() {
	var accounts *auth.Authenticator // from auth.New

	http.Handle("GET /sessions", accounts.RequireUser(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions, err := accounts.Sessions(r)
		if err != nil {
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
			return
		}
		for _, s := range sessions {
			fmt.Fprintln(w, s.UserAgent, s.LastSeen, s.Current)
		}
	})))
	http.Handle("POST /sessions/end", accounts.RequireUser(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := accounts.EndSession(r, r.PostFormValue("handle"))
		if err != nil && !errors.Is(err, auth.ErrNoSession) { // one that has ended by itself has ended
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/sessions", http.StatusSeeOther)
	})))
}

func ExampleLocalURL() {
	for _, next := range []string{"/dashboard?tab=1", "", "//evil.example", `/\evil.example`, "https://evil.example"} {
		fmt.Println(auth.LocalURL(next, "/"))
	}
	// Output:
	// /dashboard?tab=1
	// /
	// /
	// /
	// /
}

func ExampleFold() {
	fmt.Println(auth.Fold(" Ada "), auth.Fold("ＡＤＡ"), auth.Fold("Straße"))
	// Output: ada ada strasse
}

// Behind RequireUser there is always a user. Somebody else is led to the login
// page, and from there back.
func ExampleAuthenticator_RequireUser() {
	var accounts *auth.Authenticator // from auth.New

	http.Handle("GET /dashboard", accounts.RequireUser(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, _ := auth.CurrentUser(r)
		fmt.Fprintf(w, "Welcome to your dashboard, %s.\n", u.Username)
	})))
}
