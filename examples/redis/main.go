// Redis keeps sessions in Redis, where they outlive the program and are shared
// by any number of its processes.
//
//	SESSION_SECRET=$(go run ./cmd/sojourn secret) go run ./examples/redis
//
// REDIS_URL says where the server is, if it is not on this machine.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/redisstore"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends. It is apart from main so that what it defers runs.
func run(ctx context.Context, addr string) error {
	secret := os.Getenv("SESSION_SECRET")
	if secret == "" {
		return errors.New("SESSION_SECRET is not set: go run ./cmd/sojourn secret prints one; every process needs the same")
	}
	url := cmp.Or(os.Getenv("REDIS_URL"), "redis://127.0.0.1:6379")
	connecting, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	store, err := redisstore.Open(connecting, url, redisstore.Options{})
	if err != nil {
		return fmt.Errorf("connecting to Redis (REDIS_URL): %w", err)
	}
	defer store.Close()
	sessions, err := session.New(session.Options{
		Secrets: []string{secret},
		Store:   store,
	})
	if err != nil {
		return err
	}
	return serve(ctx, addr, newHandler(sessions))
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

// serve serves a handler on addr until ctx ends, and then lets the requests
// finish that are under way: their sessions are stored before the store closes.
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
		WriteTimeout:      10 * time.Second,
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
