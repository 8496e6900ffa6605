// First is a first session: a page that counts its visits and can be told a
// name.
//
//	go run ./examples/first
package main

import (
	"cmp"
	"crypto/rand"
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
	log.Fatal(serve(*addr, newHandler(sessions)))
}

const (
	views session.Key[int]    = "views" // a typed key is a constant
	name  session.Key[string] = "name"
)

func newHandler(sessions *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", greet)
	mux.HandleFunc("POST /name", setName)
	return http.NewCrossOriginProtection().Handler(sessions.Handler(mux))
}

func greet(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	n, err := views.Update(s, func(n int) int { return n + 1 })
	if err != nil {
		log.Print(err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "Hello, %s! Visit %d.\n", cmp.Or(name.Get(s), "stranger"), n)
}

func setName(w http.ResponseWriter, r *http.Request) {
	name.Set(session.From(r), r.PostFormValue("name"))
	http.Redirect(w, r, "/", http.StatusSeeOther) // which finds the name: it is stored by now
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
