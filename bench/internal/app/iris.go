package app

import (
	"time"

	"github.com/kataras/iris/v12"
	"github.com/kataras/iris/v12/sessions"
)

func irisPass(ctx iris.Context) { ctx.Write(ok) }

func newIris() *iris.Application {
	app := iris.New()
	app.Logger().SetLevel("disable")
	return app
}

func irisClients(app *iris.Application) *App {
	if err := app.Build(); err != nil {
		panic(err) // the routes are constants
	}
	return everywhere(app).app()
}

func bareIris(Config) *App {
	app := newIris()
	app.Get("/pass", irisPass)
	return irisClients(app)
}

// Iris has a timer for each session, and nothing that sweeps.
func irisApp(c Config) *App {
	c = c.withDefaults()
	return irisOn(sessions.New(sessions.Config{Cookie: "session", Expires: c.Lifetime}), c, false)
}

func irisOn(m *sessions.Sessions, c Config, shift bool) *App {
	app := newIris()
	app.Use(m.Handler())
	app.Get("/pass", irisPass)
	app.Get("/read", func(ctx iris.Context) {
		if sessions.Get(ctx).GetString(UserKey) != User {
			ctx.StatusCode(iris.StatusUnauthorized)
			return
		}
		ctx.Write(ok)
	})
	app.Get("/readwrite", func(ctx iris.Context) {
		s := sessions.Get(ctx)
		s.Set(NumberKey, s.GetIntDefault(NumberKey, 0)+1)
		ctx.Write(ok)
	})
	app.Get("/create", func(ctx iris.Context) {
		s := sessions.Get(ctx)
		if shift {
			s.Lifetime.Shift(c.Lifetime)
		}
		s.Set(UserKey, User)
		s.Set(RoleKey, Role)
		s.Set(NumberKey, Number)
		ctx.Write(ok)
	})
	for route := timed; route < routes; route++ {
		app.Get("/"+route.String(), func(ctx iris.Context) {
			c.asked(route, ctx.ResponseWriter(), ctx.Request(), irisValues{sessions.Get(ctx), m, ctx})
		})
	}
	a := irisClients(app)
	a.WithLifetime = func(d time.Duration) *App {
		c.Lifetime = d
		return irisOn(m, c, true)
	}
	return a
}

type irisValues struct {
	s   *sessions.Session
	m   *sessions.Sessions
	ctx iris.Context
}

func (v irisValues) get(key string) any { return v.s.Get(key) }

func (v irisValues) set(key string, n int) { v.s.Set(key, n) }

// The library has Increment, which is a Get and a Set as well; but a handler
// cannot wait in between.
func (v irisValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v irisValues) save() error { return nil }

func (v irisValues) destroy() error {
	v.m.Destroy(v.ctx)
	return nil
}
