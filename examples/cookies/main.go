// Cookies remembers a theme and a name without a session: in cookies, which
// the browser keeps and its user can read, one of them signed so that nobody can
// make it up.
//
//	go run ./examples/cookies
package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "where to listen")
	flag.Parse()
	jar, err := cookie.NewJar(secret())
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(serve(*addr, newHandler(jar)))
}

type app struct{ jar *cookie.Jar }

func newHandler(jar *cookie.Jar) http.Handler {
	a := &app{jar}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.greet)
	mux.HandleFunc("POST /theme", a.setTheme)
	mux.HandleFunc("POST /name", a.setName)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (a *app) greet(w http.ResponseWriter, r *http.Request) {
	cookies := a.jar.Read(r)
	theme := "light"
	if c, ok := cookies.Plain("theme"); ok && slices.Contains(themes, c.Text) { // it may hold anything
		theme = c.Text
	}
	name := "stranger"
	if c, ok := cookies.Signed("name"); ok { // it holds what we have set
		name = c.Text
	}
	fmt.Fprintf(w, "Hello, %s! Your theme is %s.\n", name, theme)
}

var themes = []string{"light", "dark"}

func (a *app) setTheme(w http.ResponseWriter, r *http.Request) {
	theme := r.PostFormValue("theme")
	if !slices.Contains(themes, theme) {
		http.Error(w, "There is no such theme.", http.StatusBadRequest)
		return
	}
	c := cookie.Cookie{Name: "theme", Value: theme, MaxAge: new(365 * 24 * time.Hour), SameSite: http.SameSiteLaxMode}
	answer(w, r, a.jar.Set(w.Header(), c))
}

func (a *app) setName(w http.ResponseWriter, r *http.Request) {
	c := cookie.Cookie{
		Name:     "name",
		Value:    r.PostFormValue("name"),
		MaxAge:   new(15 * time.Minute),
		HttpOnly: true,
		Secure:   r.TLS != nil,
		SameSite: http.SameSiteLaxMode,
	}
	answer(w, r, a.jar.SetSigned(w.Header(), c))
}

// answer leads back to the page, unless the cookie could not be set: browsers
// would drop one that is too large without a word.
func answer(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, cookie.ErrTooLarge) {
		http.Error(w, "That is too long.", http.StatusBadRequest)
		return
	}
	if err != nil {
		log.Print(err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// secret returns what signs the cookies. With one that is made here, the
// cookies of this run are worth nothing in the next.
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
