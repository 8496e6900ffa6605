package session

import (
	"net/http"
	"strings"
)

// addCookie adds a cookie to a response and keeps caches from giving it to
// somebody else: no shared one may store it unless the application said so,
// and none may serve it without a look at the request's cookies.
func addCookie(h http.Header, value string) {
	h["Set-Cookie"] = append(h["Set-Cookie"], value)
	if _, ok := h["Cache-Control"]; !ok {
		h["Cache-Control"] = []string{"private"}
	}
	if !varies(h["Vary"]) {
		h["Vary"] = append(h["Vary"], "Cookie")
	}
}

func varies(lines []string) bool {
	for _, line := range lines {
		for field := range strings.SplitSeq(line, ",") {
			if field = strings.TrimSpace(field); field == "*" || strings.EqualFold(field, "Cookie") {
				return true
			}
		}
	}
	return false
}
