package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/mileusna/useragent"

	"github.com/sojourn-dev/sojourn/auth"
)

// listed is a session as the page of sessions shows it.
type listed struct {
	Handle    string    `json:"handle"`
	Device    string    `json:"device"`
	FirstSeen time.Time `json:"firstSeen"`
	LastSeen  time.Time `json:"lastSeen"`
	Expires   time.Time `json:"expires"`
	Current   bool      `json:"current"`
}

// showSessions lists the visitor's own sessions.
func (s *site) showSessions(w http.ResponseWriter, r *http.Request) {
	own, err := s.auth.Sessions(r)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	list := make([]listed, 0, len(own))
	for _, o := range own {
		if o.LastSeen.Before(o.Created) { // not known, or in whole seconds
			o.LastSeen = o.Created
		}
		list = append(list, listed{
			Handle: o.Handle, Device: device(o.UserAgent), Current: o.Current,
			FirstSeen: o.Created.UTC(), LastSeen: o.LastSeen.UTC(), Expires: o.Expires.UTC(),
		})
	}
	if prefersJSON(r) {
		s.answerJSON(w, r, http.StatusOK, reply{Msg: "Your sessions", Data: list})
		return
	}
	s.render(w, r, http.StatusOK, "sessions", view{Title: "Your sessions", Sessions: list})
}

// endSession ends one of the visitor's sessions.
func (s *site) endSession(w http.ResponseWriter, r *http.Request) {
	in, ok := s.readInput(w, r)
	if !ok {
		return
	}
	err := s.auth.EndSession(r, in.Handle)
	text, status := "The session is ended.", http.StatusOK
	switch {
	case errors.Is(err, auth.ErrNoSession):
		text, status = "That session had ended already.", http.StatusNotFound
	case err != nil:
		s.failed(w, r, err)
		return
	}
	s.ended(w, r, status, text)
}

// endOthers ends all of the visitor's sessions but this one.
func (s *site) endOthers(w http.ResponseWriter, r *http.Request) {
	if err := s.auth.EndOtherSessions(r); err != nil {
		s.failed(w, r, err)
		return
	}
	s.ended(w, r, http.StatusOK, "All your other sessions are ended.")
}

func (s *site) ended(w http.ResponseWriter, r *http.Request, status int, text string) {
	if _, ok := auth.CurrentUser(r); !ok { // that was this one
		s.farewell(w, r, text)
		return
	}
	if prefersJSON(r) {
		s.answerJSON(w, r, status, reply{Msg: text})
		return
	}
	s.goOn(w, r, "/sessions", text)
}

// device describes a browser by what it says of itself, which may be anything.
func device(userAgent string) string {
	if userAgent == "" {
		return "Unknown device"
	}
	ua := useragent.Parse(userAgent)
	system := ua.OS
	if ua.Device != "" {
		system = ua.Device
	}
	switch {
	case ua.Name != "" && system != "":
		return ua.Name + " on " + system
	case ua.Name != "":
		return ua.Name
	case system != "":
		return system
	}
	return "Unknown device"
}

// ago returns how long ago an instant was, for people.
func ago(t time.Time) string {
	switch d := time.Since(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute") + " ago"
	case d < 24*time.Hour:
		return plural(int(d/time.Hour), "hour") + " ago"
	default:
		return plural(int(d/(24*time.Hour)), "day") + " ago"
	}
}

// span returns a length of time in the largest unit that tells it exactly.
func span(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d%day == 0:
		return plural(int(d/day), "day")
	case d%time.Hour == 0:
		return plural(int(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return plural(int(d/time.Minute), "minute")
	default:
		return d.String()
	}
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
