// Chi keeps sessions in an application of go-chi/chi:
//
//	SESSION_SECRET=$(go run ./cmd/sojourn secret) go run ./examples/frameworks/chi
package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/sojourn-dev/sojourn/session"
)

const (
	views session.Key[int]    = "views"
	name  session.Key[string] = "name"
)

// newRouter puts Recoverer around the sessions: a handler that panics then
// stores nothing.
func newRouter(sessions *session.Manager) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer, http.NewCrossOriginProtection().Handler, sessions.Handler)
	r.Get("/", greet)
	r.Post("/name", setName)
	return r
}

func greet(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	n, err := views.Update(s, func(n int) int { return n + 1 })
	if err != nil {
		http.Error(w, "The counter is unreadable.", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "Hello, %s! Visit %d.\n", cmp.Or(name.Get(s), "stranger"), n)
}

func setName(w http.ResponseWriter, r *http.Request) {
	name.Set(session.From(r), r.PostFormValue("name"))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func main() {
	sessions, err := session.New(session.Options{Secrets: []string{os.Getenv("SESSION_SECRET")}})
	if err != nil {
		log.Fatal("SESSION_SECRET: ", err)
	}
	server := &http.Server{Addr: "127.0.0.1:3000", Handler: newRouter(sessions), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
