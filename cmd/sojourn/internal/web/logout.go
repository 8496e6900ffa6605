package web

import (
	"net/http"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.auth.Logout(r); err != nil {
		s.failed(w, r, err)
		return
	}
	s.farewell(w, r, "Logged out")
}

// farewell answers who is logged out by this very request.
func (s *site) farewell(w http.ResponseWriter, r *http.Request, msg string) {
	login := "/login"
	// Everything that this site has in the browser goes. Not over plain HTTP:
	// on localhost, cookies are shared by everything that is being developed
	// there, whatever its port.
	if session.From(r).Manager().OverHTTPS(r) {
		w.Header().Set("Clear-Site-Data", `"cookies", "storage"`)
		if browser := s.auth.CarryBrowser(r); browser != "" {
			login += "?" + carriedBrowser + "=" + browser
		}
	}
	if prefersJSON(r) {
		s.answerJSON(w, r, http.StatusOK, reply{Msg: msg, Data: map[string]string{"login": login}})
		return
	}
	http.Redirect(w, r, login, http.StatusSeeOther)
}

// carriedBrowser is the parameter by which a browser is known again that was
// told to forget everything: whoever guesses at the account cannot keep its
// owner out then.
const carriedBrowser = "browser"

// restoreBrowser takes the parameter out of the URL of the login.
func (s *site) restoreBrowser(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if carried := r.URL.Query().Get(carriedBrowser); carried != "" {
			s.auth.RestoreBrowser(w, r, carried)
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		next(w, r)
	}
}

// askLogout logs out who followed a link of ours, and asks everybody else:
// another site can have a browser fetch a page, and a browser can fetch one
// ahead of a click that never comes.
func (s *site) askLogout(w http.ResponseWriter, r *http.Request) {
	if chosen(r) {
		s.logout(w, r)
		return
	}
	if _, ok := auth.CurrentUser(r); !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	s.render(w, r, http.StatusOK, "logout", view{Title: "Log out"})
}

// chosen reports whether the browser vouches that a GET was asked for by a
// page of this site, now. A browser that does not say so is not believed.
func chosen(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "same-origin" && len(r.Header["Sec-Purpose"]) == 0
}
