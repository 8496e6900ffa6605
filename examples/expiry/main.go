// Expiry ends sessions that are not used for a while, and those that have lived
// for long enough.
//
//	go run ./examples/expiry -idle 1m
package main

import (
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
	idle := flag.Duration("idle", 15*time.Minute, "how long a session lives without being used")
	total := flag.Duration("total", 8*time.Hour, "how long a session lives at most")
	flag.Parse()
	handler, err := newHandler(secret(), *idle, *total)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(serve(*addr, handler))
}

const views session.Key[int] = "views"

func newHandler(secret string, idle, total time.Duration) (http.Handler, error) {
	sessions, err := session.New(session.Options{
		Secrets:         []string{secret},
		IdleTimeout:     idle,
		AbsoluteTimeout: total,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		n, err := views.Update(session.From(r), func(n int) int { return n + 1 })
		if err != nil {
			log.Print(err)
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "Visit %d. Stay away for %s, and the count begins again.\n", n, idle)
	})
	return sessions.Handler(mux), nil
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
