// Api is a login, a dashboard and a logout for programs: JSON in, JSON out.
//
//	go run ./examples/api
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
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

const user session.Key[string] = "user"

type app struct{ password string }

func (a *app) handler(sessions *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("GET /dashboard", dashboard)
	mux.HandleFunc("POST /logout", logout)
	return http.NewCrossOriginProtection().Handler(sessions.Handler(mux))
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Username, Password string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in); err != nil {
		answer(w, http.StatusBadRequest, reply{Msg: "Send a user name and a password as JSON"})
		return
	}
	if !a.valid(in.Username, in.Password) {
		answer(w, http.StatusUnauthorized, reply{Msg: "Wrong user name or password"})
		return
	}
	s := session.From(r)
	if err := s.Renew(r.Context()); err != nil { // a new id: whoever knew the old one is out
		log.Print(err)
		answer(w, http.StatusServiceUnavailable, reply{Msg: "Please try again"})
		return
	}
	user.Set(s, in.Username)
	answer(w, http.StatusOK, reply{Msg: "Logged in"})
}

func dashboard(w http.ResponseWriter, r *http.Request) {
	who := user.Get(session.From(r))
	if who == "" {
		answer(w, http.StatusUnauthorized, reply{Msg: "Log in first"})
		return
	}
	answer(w, http.StatusOK, reply{Msg: "Welcome to your dashboard", Data: who})
}

func logout(w http.ResponseWriter, r *http.Request) {
	if err := session.From(r).Destroy(r.Context()); err != nil {
		return // the answer is a 503, whatever is written here
	}
	answer(w, http.StatusOK, reply{Msg: "Logged out"})
}

type reply struct {
	Msg  string `json:"msg"`
	Data string `json:"data,omitempty"`
}

func answer(w http.ResponseWriter, status int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client has left
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
