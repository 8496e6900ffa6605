package main

import (
	"bufio"
	"net"
	"testing"

	"github.com/gofiber/fiber/v3"

	"github.com/sojourn-dev/sojourn/examples/frameworks/internal/sitetest"
)

func TestFiber(t *testing.T) {
	t.Parallel()
	sitetest.Run(t, false, func(site *sitetest.Site) (sitetest.Serve, func() error) {
		app := newApp(site.Sessions)
		app.Get("/redirect", func(c fiber.Ctx) error {
			sitetest.Note.Set(sessionOf(c), "redirect")
			return c.Redirect().Status(fiber.StatusSeeOther).To("/note")
		})
		app.Get("/note", func(c fiber.Ctx) error {
			return c.SendString(sitetest.Note.Get(sessionOf(c)))
		})
		app.Get("/refuse", func(c fiber.Ctx) error {
			sitetest.Note.Set(sessionOf(c), "refuse")
			return fiber.ErrForbidden
		})
		app.Get("/panic", func(c fiber.Ctx) error {
			sitetest.Note.Set(sessionOf(c), "panic")
			panic("oops")
		})
		app.Get("/stream", func(c fiber.Ctx) error {
			sitetest.Note.Set(sessionOf(c), "stream")
			return c.SendStreamWriter(func(w *bufio.Writer) {
				w.WriteString("begin\n")
				w.Flush()
				<-site.Released
				w.WriteString("end\n")
			})
		})
		app.Get("/logout", func(c fiber.Ctx) error {
			c.Cookie(&fiber.Cookie{Name: "own", Value: "1"})
			return sessionOf(c).Destroy(c)
		})
		serve := func(l net.Listener) error {
			return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
		}
		return serve, app.Shutdown
	})
}
