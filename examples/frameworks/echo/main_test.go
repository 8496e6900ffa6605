package main

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/sojourn-dev/sojourn/examples/frameworks/internal/sitetest"
	"github.com/sojourn-dev/sojourn/session"
)

func TestEcho(t *testing.T) {
	t.Parallel()
	sitetest.Run(t, true, func(site *sitetest.Site) (sitetest.Serve, func() error) {
		e := newEcho(site.Sessions)
		e.Logger = slog.New(slog.DiscardHandler)
		routes := e.Group("", middleware.Gzip()) // a writer between the handler's and ours
		routes.GET("/redirect", func(c *echo.Context) error {
			sitetest.Note.Set(session.From(c.Request()), "redirect")
			return c.Redirect(http.StatusSeeOther, "/note")
		})
		routes.GET("/note", func(c *echo.Context) error {
			return c.String(http.StatusOK, sitetest.Note.Get(session.From(c.Request())))
		})
		routes.GET("/refuse", func(c *echo.Context) error {
			sitetest.Note.Set(session.From(c.Request()), "refuse")
			return echo.NewHTTPError(http.StatusForbidden, "no")
		})
		routes.GET("/panic", func(c *echo.Context) error {
			sitetest.Note.Set(session.From(c.Request()), "panic")
			panic("oops")
		})
		routes.GET("/stream", func(c *echo.Context) error {
			sitetest.Note.Set(session.From(c.Request()), "stream")
			w := c.Response()
			io.WriteString(w, "begin\n")
			if err := http.NewResponseController(w).Flush(); err != nil {
				return err
			}
			<-site.Released
			_, err := io.WriteString(w, "end\n")
			return err
		})
		e.GET("/hijack", func(c *echo.Context) error {
			sitetest.Note.Set(session.From(c.Request()), "hijack")
			return sitetest.Hijack(c.Response())
		})
		routes.GET("/logout", func(c *echo.Context) error {
			c.SetCookie(&http.Cookie{Name: "own", Value: "1"})
			if err := session.From(c.Request()).Destroy(c.Request().Context()); err != nil {
				return err
			}
			return c.NoContent(http.StatusNoContent)
		})
		return sitetest.HTTP(e)
	})
}
