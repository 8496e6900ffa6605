package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/session"
)

// User is what the examples keep of who is logged in.
type User struct {
	Name string `json:"name"`
}

// Item is a line of a shopping cart.
type Item struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Keys are constants: name and type of a value stand in one place.
const (
	viewsKey session.Key[int]    = "views"
	userKey  session.Key[*User]  = "user"
	flashKey session.Key[string] = "flash"
	cartKey  session.Key[[]Item] = "cart"
)

// In a program it is os.Getenv("SESSION_SECRET").
const exampleSecret = "0b6a9f1c4e7d82530b6a9f1c4e7d8253"

// browse makes requests as one browser would and prints what is answered.
func browse(h http.Handler, requests ...string) {
	server := httptest.NewServer(h)
	defer server.Close()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	for _, r := range requests {
		var method, path string
		fmt.Sscan(r, &method, &path)
		req, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			log.Fatal(err)
		}
		resp, err := browser.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Printf("%s: %s", r, body)
	}
}

// A counter, for each visitor his own.
func Example() {
	const views session.Key[int] = "views"

	sessions, err := session.New(session.Options{
		Secrets: []string{exampleSecret}, // os.Getenv("SESSION_SECRET")
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		n, err := views.Update(session.From(r), func(n int) int { return n + 1 })
		if err != nil {
			http.Error(w, "cannot count", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "visit %d\n", n)
	})

	// http.ListenAndServe(":3000", sessions.Handler(mux))
	browse(sessions.Handler(mux), "GET /", "GET /", "GET /")
	// Output:
	// GET /: visit 1
	// GET /: visit 2
	// GET /: visit 3
}

// Renew at login, so that nobody who knew the session's id before shares what
// comes after. "Remember me" gives this one session a lifetime.
func ExampleSession_Renew() {
	sessions, err := session.New(session.Options{Secrets: []string{exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		// ... the password is right ...
		s := session.From(r)
		if err := s.Renew(r.Context()); err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		userKey.Set(s, &User{Name: "ann"})
		if r.FormValue("remember") != "" {
			c := s.Cookie()
			c.MaxAge = 30 * 24 * time.Hour
			s.SetCookie(c)
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		if u := userKey.Get(session.From(r)); u != nil {
			fmt.Fprintf(w, "hello, %s\n", u.Name)
			return
		}
		fmt.Fprintln(w, "who are you?")
	})

	browse(sessions.Handler(mux), "GET /", "POST /login?remember=1", "GET /")
	// Output:
	// GET /: who are you?
	// POST /login?remember=1: hello, ann
	// GET /: hello, ann
}

// Destroy at logout: the session is over everywhere, at once.
func ExampleSession_Destroy() {
	sessions, err := session.New(session.Options{Secrets: []string{exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		userKey.Set(session.From(r), &User{Name: "ann"})
		fmt.Fprintln(w, "welcome")
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := session.From(r).Destroy(r.Context()); err != nil {
			http.Error(w, "still logged in, try again", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "logged in:", userKey.Get(session.From(r)) != nil)
	})

	browse(sessions.Handler(mux), "POST /login", "GET /", "POST /logout")
	// Output:
	// POST /login: welcome
	// GET /: logged in: true
	// POST /logout: logged in: false
}

// Take reads a value and removes it: a message that is shown once.
func ExampleKey_Take() {
	sessions, err := session.New(session.Options{Secrets: []string{exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		flashKey.Set(session.From(r), "Your changes were saved.")
		http.Redirect(w, r, "/", http.StatusSeeOther) // finds the message: it is stored before this leaves
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q\n", flashKey.Take(session.From(r)))
	})

	browse(sessions.Handler(mux), "POST /save", "GET /")
	// Output:
	// POST /save: "Your changes were saved."
	// GET /: ""
}

// Update loses nothing, even if two tabs put something into the cart at once:
// the function runs again on what the other has stored. It must be pure.
func ExampleKey_Update() {
	sessions, err := session.New(session.Options{Secrets: []string{exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	add := func(w http.ResponseWriter, r *http.Request) {
		name := r.FormValue("item")
		cart, err := cartKey.Update(session.From(r), func(cart []Item) []Item {
			if i := slices.IndexFunc(cart, func(it Item) bool { return it.Name == name }); i >= 0 {
				cart[i].Count++
				return cart
			}
			return append(cart, Item{name, 1})
		})
		if err != nil {
			http.Error(w, "cannot add that", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, cart)
	}

	browse(sessions.Handler(http.HandlerFunc(add)), "POST /?item=tea", "POST /?item=cup", "POST /?item=tea")
	// Output:
	// POST /?item=tea: [{tea 1}]
	// POST /?item=cup: [{tea 1} {cup 1}]
	// POST /?item=tea: [{tea 2} {cup 1}]
}

// Two managers in one chain: a cookie for the whole site, and a strict one of
// its own for the administrators' part.
func ExampleManager_From() {
	site, err := session.New(session.Options{Secrets: []string{exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	admin, err := session.New(session.Options{
		Secrets:     []string{exampleSecret},
		Name:        "admin.sid",
		Cookie:      session.Cookie{Path: "/admin", SameSite: http.SameSiteStrictMode},
		IdleTimeout: 15 * time.Minute,
	})
	if err != nil {
		log.Fatal(err)
	}
	count := func(s *session.Session) int {
		n, _ := viewsKey.Update(s, func(n int) int { return n + 1 })
		return n
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "site", count(site.From(r)))
	})
	mux.HandleFunc("GET /admin/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "site", count(site.From(r)), "admin", count(admin.From(r)))
	})

	browse(site.Handler(admin.Handler(mux)), "GET /", "GET /admin/", "GET /", "GET /admin/")
	// Output:
	// GET /: site 1
	// GET /admin/: site 2 admin 1
	// GET /: site 3
	// GET /admin/: site 4 admin 2
}

// Load and Commit are what Handler does, for frameworks whose handlers are not
// net/http's.
func ExampleManager_Load() {
	sessions, err := session.New(session.Options{Secrets: []string{exampleSecret}})
	if err != nil {
		log.Fatal(err)
	}
	handle := func(w http.ResponseWriter, r *http.Request) {
		s, err := sessions.Load(r)
		if err != nil {
			http.Error(w, "no sessions at present", http.StatusServiceUnavailable)
			return
		}
		viewsKey.Set(s, viewsKey.Get(s)+1)
		// Before the header is sent:
		if err := s.Commit(w.Header()); err != nil {
			http.Error(w, "not stored", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, viewsKey.Get(s))
	}

	browse(http.HandlerFunc(handle), "GET /", "GET /")
	// Output:
	// GET /: 1
	// GET /: 2
}

// Hooks are told what happens to sessions: for an audit log, for one.
func ExampleHooks() {
	audit := func(what string) func(context.Context, session.Event) {
		return func(_ context.Context, e session.Event) {
			// Not e.ID: it is the key to the session.
			fmt.Println(what, e.Request.Method, e.Request.URL.Path)
		}
	}
	sessions, err := session.New(session.Options{
		Secrets: []string{exampleSecret},
		Logger:  slog.New(slog.DiscardHandler),
		Hooks:   session.Hooks{Created: audit("created:"), Renewed: audit("renewed:"), Destroyed: audit("destroyed:")},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /visit", func(w http.ResponseWriter, r *http.Request) {
		viewsKey.Set(session.From(r), 1)
		fmt.Fprintln(w, "welcome")
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := session.From(r).Renew(r.Context()); err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "logged in")
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := session.From(r).Destroy(r.Context()); err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "logged out")
	})

	browse(sessions.Handler(mux), "POST /visit", "POST /login", "POST /logout")
	// Output:
	// created: POST /visit
	// POST /visit: welcome
	// renewed: POST /login
	// POST /login: logged in
	// destroyed: POST /logout
	// POST /logout: logged out
}

// A session that lives in an encrypted cookie: no store, and no way to take it
// back. See [session.ClientSide] for what that means.
func ExampleOptions_clientSide() {
	sessions, err := session.New(session.Options{
		Secrets:     []string{exampleSecret},
		ClientSide:  session.ClientSideEncrypted,
		IdleTimeout: time.Hour, // all that bounds a cookie that was copied
	})
	if err != nil {
		log.Fatal(err)
	}
	browse(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		views, err := viewsKey.Update(s, func(n int) int { return n + 1 })
		if err == nil {
			err = s.Save(r.Context()) // now, so that what is too large is known before the answer
		}
		if errors.Is(err, cookie.ErrTooLarge) {
			http.Error(w, "that is more than a cookie can hold", http.StatusInsufficientStorage)
			return
		}
		fmt.Fprintln(w, views)
	})), "GET /", "GET /")
	// Output:
	// GET /: 1
	// GET /: 2
}
