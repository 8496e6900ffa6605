package web

import (
	"net/http"

	"github.com/sojourn-dev/sojourn/auth"
)

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.auth.Logout(r); err != nil {
		s.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
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
