package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

// enter is Register or Login of an Authenticator.
type enter func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error)

// entrance is a page with a form that leads into an account.
type entrance struct {
	page, title string
	enter       enter
	status      int // told to a program when it worked
	msg         string
}

// showEntrance returns the handler of an empty form.
func (s *site) showEntrance(e entrance) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.render(w, r, http.StatusOK, e.page, view{Title: e.title, Form: form{Next: landing(r.URL.Query().Get("next"))}})
	}
}

// takeEntrance returns the handler of a form that was filled in.
func (s *site) takeEntrance(e entrance) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, ok := s.readInput(w, r)
		if !ok {
			return
		}
		f := in.form()
		status := f.require(
			required{in.Username, &f.UsernameError, "Enter your user name."},
			required{in.Password, &f.PasswordError, "Enter your password."},
		)
		if status != 0 {
			s.answerForm(w, r, status, e.page, e.title, f)
			return
		}
		u, err := e.enter(w, r, auth.Credentials{Username: in.Username, Password: in.Password, Remember: in.Remember})
		switch {
		case err != nil:
			s.refuse(w, r, err, e.page, e.title, f)
		case prefersJSON(r):
			s.answerJSON(w, r, e.status, reply{Msg: e.msg, Data: account(u)})
		default:
			http.Redirect(w, r, in.Next, http.StatusSeeOther)
		}
	}
}

// refuse answers with the form and why it was not accepted.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error, page, title string, f form) {
	status := f.explain(err)
	if status == 0 {
		s.failed(w, r, err)
		return
	}
	var throttled *auth.ThrottledError
	switch {
	case errors.As(err, &throttled):
		w.Header().Set("Retry-After", strconv.Itoa(int(throttled.RetryAfter.Seconds())))
	case status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	}
	s.answerForm(w, r, status, page, title, f)
}

func (s *site) answerForm(w http.ResponseWriter, r *http.Request, status int, page, title string, f form) {
	if prefersJSON(r) {
		msg := f.Error
		if msg == "" {
			msg = "Please look at what you have sent again."
		}
		s.answerJSON(w, r, status, reply{Msg: msg, Errors: f.errors()})
		return
	}
	s.render(w, r, status, page, view{Title: title, Form: f})
}

// explain notes what is wrong with the form, and returns the status that says
// so. It is 0 when err is nothing that the form is to blame for.
func (f *form) explain(err error) (status int) {
	var throttled *auth.ThrottledError
	if errors.As(err, &throttled) {
		f.Error = fmt.Sprintf("Too many tries. Please wait %s and try again.", inWords(throttled.RetryAfter))
		return http.StatusTooManyRequests
	}
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
		{auth.ErrPasswordCommon, http.StatusBadRequest, &f.PasswordError, "Many people use this password, so it is among the first that are tried. Please choose another."},
		{auth.ErrPasswordSame, http.StatusBadRequest, &f.PasswordError, "This is the password that you have now."},
		{auth.ErrCredentials, http.StatusUnauthorized, &f.Error, "Wrong user name or password."},
		{auth.ErrBusy, http.StatusServiceUnavailable, &f.Error, "Many people are logging in right now. Please try again in a few seconds."},
	} {
		if errors.Is(err, problem.err) {
			*problem.place = problem.text
			status = problem.status
		}
	}
	return status
}

// notice is shown once, on the next page.
const notice session.Key[string] = "notice"

func (s *site) takePassword(w http.ResponseWriter, r *http.Request) {
	in, ok := s.readInput(w, r)
	if !ok {
		return
	}
	f := in.form()
	status := f.require(
		required{in.Current, &f.CurrentError, "Enter the password that you have now."},
		required{in.Password, &f.PasswordError, "Enter a new password."},
	)
	if status != 0 {
		s.answerForm(w, r, status, "password", passwordTitle, f)
		return
	}
	err := s.auth.ChangePassword(w, r, in.Current, in.Password)
	const changed = "Your password is changed. All your other sessions are ended."
	switch {
	case errors.Is(err, auth.ErrCredentials):
		f.CurrentError = "This is not your password."
		s.answerForm(w, r, http.StatusForbidden, "password", passwordTitle, f)
	case errors.Is(err, auth.ErrOthersAlive):
		s.log.ErrorContext(r.Context(), "a password was changed, but other sessions were not ended", "err", err)
		s.message(w, r, http.StatusServiceUnavailable, "Your password is changed, but your other sessions could not be ended. Please log in and end them.")
	case err != nil:
		s.refuse(w, r, err, "password", passwordTitle, f)
	case prefersJSON(r):
		s.answerJSON(w, r, http.StatusOK, reply{Msg: changed})
	default:
		s.goOn(w, r, "/sessions", changed)
	}
}

const passwordTitle = "Change your password"

// goOn leads to a page that begins with a notice.
func (s *site) goOn(w http.ResponseWriter, r *http.Request, to, text string) {
	notice.Set(session.From(r), text)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// inWords returns a wait for people.
func inWords(wait time.Duration) string {
	switch seconds := int(wait.Seconds()); {
	case seconds == 1:
		return "a second"
	case seconds < 90:
		return fmt.Sprintf("%d seconds", seconds)
	default:
		return fmt.Sprintf("%d minutes", (seconds+59)/60)
	}
}
