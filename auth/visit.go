package auth

import (
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/session"
)

// visit is what a session knows of its use, for its owner to recognise it by.
type visit struct {
	Agent string    `json:"agent"`
	Seen  time.Time `json:"seen"`
}

const lastVisit session.Key[visit] = "visit"

const (
	// visitEvery is how often it is noted that a session is in use.
	visitEvery = time.Minute
	// maxAgent is how many bytes of the browser's name for itself are kept.
	maxAgent = 256
)

// noteVisit notes that the session is used by r now. Updating it is no conflict
// with another request that does the same.
func noteVisit(s *session.Session, r *http.Request) {
	now := visit{Agent: cleanAgent(r.UserAgent()), Seen: time.Now().UTC().Truncate(time.Second)}
	_, err := lastVisit.Update(s, func(before visit) visit {
		if before.Seen.After(now.Seen) {
			return before
		}
		return now
	})
	if err != nil { // somebody else has put something there, of another type
		lastVisit.Set(s, now)
	}
}

// visitDue reports whether it is time to note the use of a session again.
func visitDue(s *session.Session) bool {
	return time.Since(lastVisit.Get(s).Seen) >= visitEvery
}

// cleanAgent returns what may be kept of a User-Agent header: as much text as
// there is room for.
func cleanAgent(agent string) string {
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
		for !utf8.ValidString(agent) && len(agent) > maxAgent-utf8.UTFMax {
			agent = agent[:len(agent)-1]
		}
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return -1
		}
		return r
	}, agent)
}
