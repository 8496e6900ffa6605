package web

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/sojourn-dev/sojourn/auth"
)

// form is what was typed, as far as it is shown again, and what is wrong with
// it.
type form struct {
	Username string
	Remember bool
	Next     string // where to go afterwards; "" is "/"

	password string

	UsernameError, PasswordError string
	Error                        string // of neither alone
}

// showForm returns the handler of an empty form.
func (s *site) showForm(name, title string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, http.StatusOK, name, view{Title: title, Form: form{Next: landing(r.URL.Query().Get("next"))}})
	}
}

// takeForm returns the handler of a form that was filled in; enter registers
// or logs in.
func (s *site) takeForm(name, title string, enter func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.readForm(w, r)
		if !ok {
			return
		}
		status := f.missing()
		if status == 0 {
			_, err := enter(w, r, auth.Credentials{Username: f.Username, Password: f.password, Remember: f.Remember})
			if err == nil {
				http.Redirect(w, r, landing(f.Next), http.StatusSeeOther)
				return
			}
			if status = f.explain(err); status == 0 {
				s.failed(w, r, err)
				return
			}
			var throttled *auth.ThrottledError
			if errors.As(err, &throttled) {
				w.Header().Set("Retry-After", strconv.Itoa(int(throttled.RetryAfter.Seconds())))
			}
		}
		if status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "2")
		}
		s.render(w, r, status, name, view{Title: title, Form: f})
	}
}

// readForm reads the body, and answers if that fails. What stands in the URL
// does not count: it may have been put there by anybody, and ends in logs.
func (s *site) readForm(w http.ResponseWriter, r *http.Request) (f form, ok bool) {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.message(w, r, http.StatusRequestEntityTooLarge, "That is more than a name and a password can be.")
		return form{}, false
	case err != nil:
		s.message(w, r, http.StatusBadRequest, "The form did not arrive as a form.")
		return form{}, false
	}
	return form{
		Username: r.PostForm.Get("username"),
		Remember: r.PostForm.Get("remember") != "",
		Next:     landing(r.PostForm.Get("next")),
		password: r.PostForm.Get("password"),
	}, true
}

// missing notes what was not filled in, and returns the status that says so,
// or 0.
func (f *form) missing() (status int) {
	if strings.TrimSpace(f.Username) == "" {
		f.UsernameError = "Enter your user name."
		status = http.StatusBadRequest
	}
	if f.password == "" {
		f.PasswordError = "Enter your password."
		status = http.StatusBadRequest
	}
	return status
}

// explain notes what is wrong with the form, and returns the status that says
// so. It is 0 when err is nothing that the form is to blame for.
func (f *form) explain(err error) (status int) {
	for _, problem := range []struct {
		err    error
		status int
		place  *string
		text   string
	}{
		{auth.ErrNameTooLong, http.StatusBadRequest, &f.UsernameError, "Use at most 64 characters."},
		{auth.ErrNameCharacters, http.StatusBadRequest, &f.UsernameError, "Use characters that can be seen on one line."},
		{auth.ErrNameTaken, http.StatusConflict, &f.UsernameError, "This name is taken. Please choose another."},
		{auth.ErrPasswordTooShort, http.StatusBadRequest, &f.PasswordError, "Use at least 8 characters."},
		{auth.ErrPasswordTooLong, http.StatusBadRequest, &f.PasswordError, "Use at most 72 letters, or fewer if some are accented or emoji."},
		{auth.ErrPasswordCharacters, http.StatusBadRequest, &f.PasswordError, "Use characters that can be typed."},
		{auth.ErrPasswordCommon, http.StatusBadRequest, &f.PasswordError, "This password is one of the first that are guessed. Please choose another."},
		{auth.ErrCredentials, http.StatusUnauthorized, &f.Error, "Wrong user name or password."},
		{auth.ErrThrottled, http.StatusTooManyRequests, &f.Error, "Too many tries. Please wait a little before the next one."},
		{auth.ErrBusy, http.StatusServiceUnavailable, &f.Error, "Many people are logging in right now. Please try again in a few seconds."},
	} {
		if errors.Is(err, problem.err) {
			*problem.place = problem.text
			status = problem.status
		}
	}
	return status
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
	case "/login", "/register", "/logout":
		return "/"
	}
	return u.String()
}
