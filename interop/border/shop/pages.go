package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"log"
	"net/http"
	"strings"

	"github.com/sojourn-dev/sojourn/session"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

// shop is the part of the shop that has moved, or is about to.
type shop struct{ users users }

// routes serves everything that the Express application does. Which of it is
// asked for here is up to nginx.
func (sh shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", sh.show("Home"))
	mux.HandleFunc("POST /cart", func(w http.ResponseWriter, r *http.Request) {
		done(w, r, "/", addToCart(session.From(r), r.FormValue("item")))
	})
	mux.HandleFunc("GET /dashboard", requireUser(func(w http.ResponseWriter, r *http.Request) {
		if _, err := views.Update(session.From(r), func(n int) int { return n + 1 }); err != nil {
			log.Print(err)
		}
		sh.show("Dashboard")(w, r)
	}))
	mux.HandleFunc("GET /settings", requireUser(sh.show("Settings")))
	mux.HandleFunc("POST /settings/theme", requireUser(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		theme.Set(s, r.FormValue("theme"))
		say(s, "The theme is changed.")
		done(w, r, "/", nil)
	}))
	mux.HandleFunc("POST /settings/password", requireUser(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		err := sh.users.setPassword(r.Context(), userID(s), r.FormValue("password"))
		if err == nil {
			err = s.Renew(r.Context()) // a new id; what is in the session stays
		}
		done(w, r, "/settings", err)
	}))
	mux.HandleFunc("GET /login", sh.show("Login"))
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		id, err := sh.users.check(r.Context(), r.FormValue("username"), r.FormValue("password"))
		if err == nil && id == 0 {
			done(w, r, "/login", nil)
			return
		}
		if err == nil {
			err = logIn(r, id)
		}
		done(w, r, "/", err)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) { done(w, r, "/", logOut(r)) })
	return mux
}

// done leads to another page, unless there was an error.
func done(w http.ResponseWriter, r *http.Request, path string, err error) {
	if err != nil {
		log.Print(err)
		http.Error(w, "Please try again.", http.StatusServiceUnavailable)
		return
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// show returns a handler that shows a page.
func (sh shop) show(title string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		data := struct {
			Title, Name, Cart, Theme string
			Views                    int
			Messages                 []string
		}{
			Title: title, Cart: strings.Join(cart.Get(s), ", "), Theme: theme.Get(s),
			Views: views.Get(s), Messages: flash.Take(s)["info"],
		}
		if id := userID(s); id != 0 {
			var err error
			if data.Name, err = sh.users.name(r.Context(), id); err != nil {
				log.Print(err)
				http.Error(w, "Please try again.", http.StatusServiceUnavailable)
				return
			}
		}
		var html bytes.Buffer
		if err := page.Execute(&html, data); err != nil {
			log.Print(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(html.Bytes())
	}
}
