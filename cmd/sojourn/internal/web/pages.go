package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

//go:embed files
var files embed.FS

// pages are the templates by name, each in the layout.
type pages map[string]*template.Template

func parsePages() pages {
	p := make(pages)
	for _, name := range []string{"home", "dashboard", "register", "login", "logout", "password", "sessions", "message"} {
		t := template.New(name).Funcs(template.FuncMap{"ago": ago})
		p[name] = template.Must(t.ParseFS(files, "files/layout.html", "files/"+name+".html"))
	}
	return p
}

// view is what a template is given.
type view struct {
	Title    string
	Page     string     // its name
	User     *auth.User // who is logged in, if anybody is
	Notice   string     // what has just been done
	Form     form
	Text     string   // of a message
	Views    int      // of the dashboard
	Sessions []listed // the visitor's own
	Limits   limits
	// Remembered is how long the session lives without being used, in days,
	// if it outlives the browser.
	Remembered int
}

// page returns the handler of a page that shows no more than who is logged in.
func (s *site) page(name, title string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, http.StatusOK, name, view{Title: title})
	}
}

// views counts how often the dashboard was opened in a session.
const views session.Key[int] = "views"

// dashboard is the page that only who is logged in may see. It counts, so that
// one sees a session at work: no visit is lost, however many come at once.
func (s *site) dashboard(w http.ResponseWriter, r *http.Request) {
	n, err := views.Update(session.From(r), func(n int) int { return n + 1 })
	if err != nil {
		s.failed(w, r, err)
		return
	}
	if u, ok := auth.CurrentUser(r); ok && prefersJSON(r) {
		s.answerJSON(w, r, http.StatusOK, reply{Msg: "Dashboard", Data: struct {
			auth.User
			Views int `json:"views"`
		}{u, n}})
		return
	}
	s.render(w, r, http.StatusOK, "dashboard", view{Title: "Dashboard", Views: n})
}

// render answers with a page for whoever is logged in; to a program with what
// the page is about, and who that is.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	u, ok := auth.CurrentUser(r)
	if prefersJSON(r) {
		body := reply{Msg: cmp.Or(v.Text, v.Title)}
		if ok && v.Text == "" {
			body.Data = account(u)
		}
		s.answerJSON(w, r, status, body)
		return
	}
	if ok {
		current := session.From(r)
		v.User = &u
		v.Remembered = int(current.Cookie().MaxAge / (24 * time.Hour))
		v.Notice = notice.Take(current)
	}
	s.write(w, r, status, name, v)
}

// write answers with a page, but not with half of one.
func (s *site) write(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	v.Page, v.Limits = name, s.limits
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "layout", v); err != nil {
		s.log.ErrorContext(r.Context(), "a page was not rendered", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // who has gone away needs no page
}

// message answers with a page that says what is wrong.
func (s *site) message(w http.ResponseWriter, r *http.Request, status int, text string) {
	s.render(w, r, status, "message", view{Title: http.StatusText(status), Text: text})
}

// anonymousMessage is message where nobody knows who is logged in.
func (s *site) anonymousMessage(w http.ResponseWriter, r *http.Request, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	if prefersJSON(r) {
		s.answerJSON(w, r, status, reply{Msg: text})
		return
	}
	s.write(w, r, status, "message", view{Title: http.StatusText(status), Text: text})
}

func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.message(w, r, http.StatusNotFound, "There is no such page.")
}

// sessionFailed is the session manager's ErrorHandler. The error is in the log
// already.
func (s *site) sessionFailed(w http.ResponseWriter, r *http.Request, _ error) {
	w.Header().Set("Retry-After", "1")
	s.anonymousMessage(w, r, http.StatusServiceUnavailable, "Your session is out of reach just now. Please try again in a moment.")
}

// failed answers when something went wrong that the visitor cannot mend.
func (s *site) failed(w http.ResponseWriter, r *http.Request, err error) {
	s.log.ErrorContext(r.Context(), "a request failed", "path", r.URL.Path, "err", err)
	switch {
	case session.From(r).Err() != nil:
		s.sessionFailed(w, r, err)
		return
	case errors.Is(err, auth.ErrAccounts):
		w.Header().Set("Retry-After", "1")
		s.message(w, r, http.StatusServiceUnavailable, "Accounts are out of reach just now. Please try again in a moment.")
		return
	}
	s.message(w, r, http.StatusInternalServerError, "Something went wrong on our side. Please try again.")
}

// foreign answers what another site made the browser send. It is in front of
// the sessions, and knows nobody.
func (s *site) foreign(w http.ResponseWriter, r *http.Request) {
	s.anonymousMessage(w, r, http.StatusForbidden, "This request came from another site, so nothing was changed.")
}

// serveStyle serves the stylesheet, which browsers ask for again only to hear
// that it is the same.
func serveStyle() http.Handler {
	style, err := files.ReadFile("files/style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(style)
	tag := fmt.Sprintf("%q", hex.EncodeToString(sum[:8]))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "style.css", time.Time{}, bytes.NewReader(style))
	})
}
