// Regenerate gives the session a new id at login, so that an id that somebody
// else has planted or seen before is worth nothing.
//
//	go run ./examples/regenerate
package main

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "where to listen")
	flag.Parse()
	sessions, err := session.New(session.Options{Secrets: []string{secret()}})
	if err != nil {
		log.Fatal(err)
	}
	a := &app{password: password()}
	log.Fatal(serve(*addr, a.handler(sessions)))
}

const (
	user session.Key[string]   = "user"
	cart session.Key[[]string] = "cart"
)

type app struct{ password string }

func (a *app) handler(sessions *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", show)
	mux.HandleFunc("POST /cart", put)
	mux.HandleFunc("POST /login", a.login)
	return http.NewCrossOriginProtection().Handler(sessions.Handler(mux))
}

func show(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	fmt.Fprintf(w, "Hello, %s! In your cart: %q\n", cmp.Or(user.Get(s), "guest"), cart.Get(s))
}

func put(w http.ResponseWriter, r *http.Request) {
	item := r.PostFormValue("item")
	_, err := cart.Update(session.From(r), func(items []string) []string { return append(items, item) })
	if err != nil {
		log.Print(err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	username := r.PostFormValue("username")
	if !a.valid(username, r.PostFormValue("password")) {
		http.Error(w, "Wrong user name or password.", http.StatusUnauthorized)
		return
	}
	s := session.From(r)
	if err := s.Renew(r.Context()); err != nil { // Regenerate would empty the cart
		log.Print(err)
		http.Error(w, "Please try again.", http.StatusServiceUnavailable)
		return
	}
	user.Set(s, username)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// valid reports whether these are the credentials of the only user there is.
// Package auth is for real accounts: it hashes passwords and slows down who
// guesses them (examples/accounts).
func (a *app) valid(username, password string) bool {
	want, got := sha256.Sum256([]byte(a.password)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && username == "ada"
}

// password returns the password of this lesson's only user.
func password() string {
	if p := os.Getenv("DEMO_PASSWORD"); p != "" {
		return p
	}
	p := rand.Text()
	fmt.Printf("Log in as ada with the password %s\n", p)
	return p
}

// secret returns what signs the cookies. One that is made here lasts as long as
// the sessions do, for this program keeps them in memory.
func secret() string {
	if s := os.Getenv("SESSION_SECRET"); s != "" {
		return s
	}
	log.Print("SESSION_SECRET is not set, so this run makes its own (go run ./cmd/sojourn secret prints one to keep)")
	return rand.Text()
}

// serve serves a handler on addr. No client can hold a connection for ever.
func serve(addr string, handler http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("serving on http://%s", listener.Addr())
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	return server.Serve(listener)
}
