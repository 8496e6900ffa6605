package app

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/session"
)

func fiberPass(c fiber.Ctx) error { return c.Send(ok) }

func bareFiber(Config) *App {
	app := fiber.New()
	app.Get("/pass", fiberPass)
	return fiberClients(app)
}

func fiberClients(app *fiber.App) *App {
	h := app.Handler()
	return &App{Client: func() Client { return newFastClient(h) }}
}

// Fiber sweeps its store every ten seconds, which cannot be set.
func fiberApp(c Config) *App {
	return fiberOn(session.NewStore().Storage, c)
}

func fiberOn(st fiber.Storage, c Config) *App {
	c = c.withDefaults()
	app := fiber.New()
	app.Use(session.New(session.Config{Storage: st, IdleTimeout: time.Duration(c.seconds()) * time.Second}))
	app.Get("/pass", fiberPass)
	app.Get("/read", func(c fiber.Ctx) error {
		if name, _ := session.FromContext(c).Get(UserKey).(string); name != User {
			return c.SendStatus(fiber.StatusUnauthorized)
		}
		return c.Send(ok)
	})
	app.Get("/readwrite", func(c fiber.Ctx) error {
		s := session.FromContext(c)
		n, _ := s.Get(NumberKey).(int)
		s.Set(NumberKey, n+1)
		return c.Send(ok)
	})
	app.Get("/create", func(c fiber.Ctx) error {
		s := session.FromContext(c)
		s.Set(UserKey, User)
		s.Set(RoleKey, Role)
		s.Set(NumberKey, Number)
		return c.Send(ok)
	})
	for route := timed; route < routes; route++ {
		app.Get("/"+route.String(), func(f fiber.Ctx) error {
			value, err := strconv.Atoi(f.Get(valueHeader))
			if err != nil {
				return err
			}
			answer, err := c.answer(route, f.Get(keyHeader), value, fiberValues{session.FromContext(f)})
			if err != nil {
				return err
			}
			return f.SendString(answer)
		})
	}
	a := fiberClients(app)
	a.WithLifetime = func(d time.Duration) *App {
		c.Lifetime = d
		return fiberOn(st, c)
	}
	return a
}

type fiberValues struct{ s *session.Middleware }

func (v fiberValues) get(key string) any { return v.s.Get(key) }

// Fiber keeps the key, which is a piece of the request that will be reused.
func (v fiberValues) set(key string, n int) { v.s.Set(string([]byte(key)), n) }

func (v fiberValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v fiberValues) save() error { return nil }

func (v fiberValues) destroy() error { return v.s.Destroy() }
