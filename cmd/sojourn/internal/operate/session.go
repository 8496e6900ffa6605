// Package operate is what an operator does to the sessions of a store, on any
// engine: look at them, count them, end them, move them elsewhere. It works on
// records as they are kept, so that it needs neither the secrets of the cookies
// nor, where ids are hashed, the ids.
package operate

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Session is what a record says, as far as it can be read. A record that was
// written by another program, or is encrypted, may say nothing.
type Session struct {
	// ID is the id under which the record is kept. It may be the key to the
	// session: show Short instead.
	ID string
	// User is whom the session is bound to, or else the id of the member
	// "user". Username is the name in that member. Either may be "".
	User, Username string
	// Created is when the session began, zero if the record does not tell.
	Created time.Time
	// Expires is when it ends if it is not used again.
	Expires time.Time
	// Forward tells that it has become another, and only leads there.
	Forward bool
	// Unreadable tells that the record is not a JSON object of ours.
	Unreadable bool
	// Values are the application's, by name.
	Values map[string]json.RawMessage
	// Size is the length of the record in bytes.
	Size int

	record    store.Record
	notBefore time.Time
	bound     bool
}

const shortLength = 8

// Short returns the beginning of the id: enough to name the session to Find,
// and nothing that anybody can log in with.
func (s Session) Short() string { return s.ID[:min(shortLength, len(s.ID)/2)] }

// Read returns what a record says.
func Read(r store.Stored) Session {
	s := Session{ID: r.ID, Expires: r.Expires, Size: len(r.Data), record: r.Record}
	if json.Unmarshal([]byte(r.Data), &s.Values) != nil || s.Values["cookie"] == nil {
		s.Values, s.Unreadable = nil, true
		return s
	}
	var ours struct {
		Created   int64  `json:"created"`
		User      string `json:"user"`
		NotBefore int64  `json:"notBefore"`
		Forward   string `json:"forward"`
	}
	if json.Unmarshal(s.Values["sojourn"], &ours) == nil {
		s.User, s.bound, s.Forward = ours.User, ours.User != "", ours.Forward != ""
		s.Created, s.notBefore = instant(ours.Created), instant(ours.NotBefore)
	}
	var user struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	}
	if json.Unmarshal(s.Values["user"], &user) == nil {
		s.Username = user.Username
		if !s.bound {
			s.User = user.ID
		}
	}
	delete(s.Values, "cookie")
	delete(s.Values, "sojourn")
	return s
}

func instant(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}

// Is reports whether the session is that of a user, given by id or by name. fold
// returns the form of a name by which names are compared.
func (s Session) Is(user string, fold func(string) string) bool {
	return user != "" && (s.User == user || s.Username != "" && fold(s.Username) == fold(user))
}

// hasPrefix reports whether the session can be meant by the beginning of an id.
func (s Session) hasPrefix(prefix string) bool { return strings.HasPrefix(s.ID, prefix) }
