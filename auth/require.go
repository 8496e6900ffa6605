package auth

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/session"
)

// RequireUser lets requests of logged-in users through to next and leads the
// others to Options.LoginPath, with a parameter "next" that says where they
// wanted to go; see [LocalURL]. When the session could not be loaded nobody
// can tell who it is: the answer is 503, and next does not run.
//
// It binds sessions to their users that are not yet, those of an Express
// application for one, and notes at most once a minute that they are in use.
//
// Whatever it answers must not be kept by a cache, and says so unless next
// sets another Cache-Control.
func (a *Authenticator) RequireUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		s := session.From(r)
		if u, ok := CurrentUser(r); ok {
			_ = adopt(r, s, u) // the session keeps the error
		} else if s.Err() == nil {
			http.Redirect(w, r, a.loginURL(r), http.StatusSeeOther)
			return
		}
		if s.Err() != nil {
			// The session's ErrorHandler takes the place of this.
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
			return
		}
		if visitDue(s) {
			noteVisit(s, r)
		}
		next.ServeHTTP(w, r)
	})
}

// loginURL returns where to log in for r. Only what can be repeated by a GET
// is worth coming back to, and "/" is where a login leads anyway.
func (a *Authenticator) loginURL(r *http.Request) string {
	target := r.RequestURI // as sent, even below http.StripPrefix
	if r.Method != http.MethodGet && r.Method != http.MethodHead || target == "/" || LocalURL(target, "") == "" {
		return a.o.LoginPath
	}
	return a.o.LoginPath + "?next=" + url.QueryEscape(target)
}

// LocalURL returns target if it leads to a page of this site, and fallback if
// it might lead anywhere else. Use it on every "next" parameter: it comes from
// whoever made the link.
//
//	http.Redirect(w, r, auth.LocalURL(r.FormValue("next"), "/"), http.StatusSeeOther)
func LocalURL(target, fallback string) string {
	if !local(target) {
		return fallback
	}
	return target
}

const maxLocalURL = 2048

// local reports whether target is a path, with a query perhaps, that no
// browser takes for anything else. To browsers a backslash is a slash, and
// they strip tabs and newlines before they look.
func local(target string) bool {
	if len(target) > maxLocalURL || !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return false
	}
	if strings.ContainsFunc(target, misread) {
		return false
	}
	u, err := url.Parse(target)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil
}

// misread reports characters that do not stand in a URL, or that some browser
// reads as another.
func misread(r rune) bool {
	return r == ' ' || r == '\\' || r == utf8.RuneError || unicode.IsControl(r)
}
