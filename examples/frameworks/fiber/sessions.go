package main

import (
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"

	"github.com/sojourn-dev/sojourn/session"
)

type sessionKey struct{}

// withSessions returns middleware that loads the session, refuses what other
// sites have a browser send, and stores the session before the response leaves.
// Fiber's own adaptor for the middleware of net/http does not do: it runs all
// of it before the handler.
func withSessions(sessions *session.Manager) fiber.Handler {
	protection := http.NewCrossOriginProtection()
	return func(c fiber.Ctx) error {
		r, err := adaptor.ConvertRequest(c, true)
		if err != nil {
			return fiber.ErrBadRequest
		}
		if protection.Check(r) != nil {
			return fiber.ErrForbidden
		}
		s, err := sessions.Load(r)
		if err != nil {
			return fiber.ErrServiceUnavailable
		}
		c.Locals(sessionKey{}, s)
		if err := c.Next(); err != nil {
			// The answer to an error is an answer too: it is made now, so that
			// the session is stored with it.
			if err := c.App().ErrorHandler(c, err); err != nil {
				return err
			}
		}
		return commit(c, s)
	}
}

// commit stores the session and adds its cookie to the response.
func commit(c fiber.Ctx, s *session.Session) error {
	h := make(http.Header)
	if s.Commit(h) != nil {
		c.Response().Reset()
		return fiber.ErrServiceUnavailable
	}
	for _, value := range h[fiber.HeaderSetCookie] { // with it, what keeps it out of caches
		c.Response().Header.Add(fiber.HeaderSetCookie, value)
		c.Vary("Cookie")
		if c.GetRespHeader(fiber.HeaderCacheControl) == "" {
			c.Set(fiber.HeaderCacheControl, "private")
		}
	}
	return nil
}

// sessionOf returns the session of a request that came through withSessions.
func sessionOf(c fiber.Ctx) *session.Session {
	return fiber.Locals[*session.Session](c, sessionKey{})
}
