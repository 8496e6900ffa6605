package web

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/sojourn-dev/sojourn/auth"
)

// input is what somebody sent, as a form or as JSON.
type input struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Remember bool   `json:"remember"`
	Current  string `json:"current"` // the password before a change
	Handle   string `json:"handle"`  // of a session
	Next     string `json:"next"`    // where to go afterwards; "" is "/"
}

// readInput reads the body, and answers if that fails. What stands in the URL
// does not count: it may have been put there by anybody, and ends in logs.
func (s *site) readInput(w http.ResponseWriter, r *http.Request) (in input, ok bool) {
	var err error
	if sentJSON(r) {
		err = readJSON(r, &in)
	} else if err = r.ParseForm(); err == nil {
		in = input{
			Username: r.PostForm.Get("username"),
			Password: r.PostForm.Get("password"),
			Remember: r.PostForm.Get("remember") != "",
			Current:  r.PostForm.Get("current"),
			Handle:   r.PostForm.Get("handle"),
			Next:     r.PostForm.Get("next"),
		}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.message(w, r, http.StatusRequestEntityTooLarge, "That is more than a name and a password can be.")
		return input{}, false
	case err != nil:
		s.message(w, r, http.StatusBadRequest, "The request did not arrive as a form or as JSON.")
		return input{}, false
	}
	in.Next = landing(in.Next)
	return in, true
}

// form is a form as it is shown: what was typed, but for passwords, and what is
// wrong with it.
type form struct {
	Username string
	Remember bool
	Next     string // where to go afterwards

	// What is wrong with a field, or with none alone.
	UsernameError, PasswordError, CurrentError, Error string
}

func (in input) form() form {
	return form{Username: in.Username, Remember: in.Remember, Next: in.Next}
}

// First returns the first field that something is wrong with, which the cursor
// belongs into.
func (f form) First() string {
	switch {
	case f.CurrentError != "":
		return "current"
	case f.UsernameError != "":
		return "username"
	case f.PasswordError != "" || f.Error != "":
		return "password"
	}
	return ""
}

// require notes fields that were not filled in, and returns the status that
// says so, or 0.
func (f *form) require(fields ...required) (status int) {
	for _, field := range fields {
		if strings.TrimSpace(field.value) == "" {
			*field.place = field.text
			status = http.StatusBadRequest
		}
	}
	return status
}

type required struct {
	value string
	place *string
	text  string
}

// errors returns what is wrong, for programs.
func (f *form) errors() map[string]string {
	m := map[string]string{}
	for name, text := range map[string]string{"username": f.UsernameError, "password": f.PasswordError, "current": f.CurrentError} {
		if text != "" {
			m[name] = text
		}
	}
	return m
}

// landing returns where to go after a form. A page that is a form itself is no
// place to end at, and a logout the less: the way there would look to us as if
// the visitor had chosen it.
func landing(next string) string {
	u, err := url.Parse(auth.LocalURL(next, "/"))
	if err != nil {
		return "/"
	}
	switch path.Clean(u.Path) {
	case "/login", "/register", "/logout", "/password":
		return "/"
	}
	return u.String()
}
