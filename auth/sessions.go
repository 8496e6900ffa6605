package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// MaxSessions is how many sessions [Authenticator.Sessions] returns.
const MaxSessions = 200

// Session is a live session of a user's, as a page may show it.
type Session struct {
	// Handle names the session to [Authenticator.EndSession]. It may stand in
	// a page; it is no way into the session.
	Handle string
	// UserAgent is what the browser calls itself, cut to 256 bytes, without
	// control characters. It may contain any other character, HTML's among
	// them, and whoever has the session can make it say anything.
	UserAgent string
	// Created is when the session began, perhaps before the login.
	Created time.Time
	// LastSeen is when the session was last used behind RequireUser, give or
	// take a minute. It is zero if it never was since it began elsewhere.
	LastSeen time.Time
	// Expires is when the session ends if it is not used again.
	Expires time.Time
	// Current tells that it is the session of the request.
	Current bool
}

// Sessions returns the live sessions of who is logged in, the one that was used
// last first; if there are more than [MaxSessions], so many of them, the
// current one among them unless there are thousands.
//
// The error wraps [ErrNotLoggedIn], or errors.ErrUnsupported when the session
// store has no index of users.
func (a *Authenticator) Sessions(r *http.Request) ([]Session, error) {
	s, u, err := loggedIn(r)
	if err != nil {
		return nil, err
	}
	sessions, err := userSessions(r.Context(), s, u.ID)
	if err == nil && !slices.ContainsFunc(sessions, isCurrent) {
		// It was not bound to its user before this request.
		if err = adopt(r, s, u); err == nil {
			err = s.Save(r.Context())
		}
		if err == nil {
			sessions, err = userSessions(r.Context(), s, u.ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	slices.SortStableFunc(sessions, func(a, b Session) int { return b.used().Compare(a.used()) })
	return sessions, nil
}

// userSessions returns the sessions of a user in no particular order. It looks at a
// bounded number of them.
func userSessions(ctx context.Context, own *session.Session, id string) (sessions []Session, err error) {
	current, looked := own.Handle(), 0
	for us, err := range own.Manager().UserSessions(ctx, id) {
		if err != nil {
			return nil, err
		}
		v := lastVisit.Get(us.Session)
		one := Session{
			Handle: us.Handle, UserAgent: cleanAgent(v.Agent), Created: us.Created, LastSeen: v.Seen,
			Expires: us.Expires, Current: us.Handle == current,
		}
		if len(sessions) < MaxSessions {
			sessions = append(sessions, one)
		} else if one.Current {
			sessions[0] = one
		}
		if looked++; looked >= maxLooked || len(sessions) == MaxSessions && slices.ContainsFunc(sessions, isCurrent) {
			break
		}
	}
	return sessions, nil
}

// maxLooked bounds how many sessions are read in search of the current one.
const maxLooked = 10 * MaxSessions

func isCurrent(s Session) bool { return s.Current }

// used returns when the session was used, as far as is known.
func (s Session) used() time.Time {
	if s.LastSeen.IsZero() {
		return s.Created
	}
	return s.LastSeen
}

// EndSession ends the session with that handle, of those of who is logged in.
// Ending the current one is logging out. A password is not asked for: see the
// package's documentation.
//
// The error wraps [ErrNotLoggedIn], [ErrNoSession] when the user has no such
// session (any more), or errors.ErrUnsupported when the session store has no
// index of users.
func (a *Authenticator) EndSession(r *http.Request, handle string) error {
	s, u, err := loggedIn(r)
	if err != nil {
		return err
	}
	if handle != "" && handle == s.Handle() {
		return a.Logout(r)
	}
	err = s.Manager().RevokeSession(r.Context(), u.ID, handle)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrNoSession
	case err != nil:
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// EndOtherSessions ends all sessions of who is logged in but the current one,
// which gets a new id and is stored. The header must not have been sent yet.
//
// The error wraps [ErrNotLoggedIn], session.ErrGone when the current session
// has been ended meanwhile, or errors.ErrUnsupported when the session store has
// no index of users.
func (a *Authenticator) EndOtherSessions(r *http.Request) error {
	s, u, err := loggedIn(r)
	if err != nil {
		return err
	}
	if err := endOthers(r, s, u); err != nil {
		return fmt.Errorf("ending the other sessions: %w", err)
	}
	return nil
}
