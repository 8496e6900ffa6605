package app

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
)

func newGin() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	return gin.New()
}

func ginPass(c *gin.Context) { c.Writer.Write(ok) }

func bareGin(Config) *App {
	e := newGin()
	e.GET("/pass", ginPass)
	return everywhere(e).app()
}

func ginMemory(c Config) *App { return ginOn(memstore.NewStore([]byte(Secret)), c) }

func ginCookie(c Config) *App { return ginOn(cookie.NewStore([]byte(Secret)), c) }

func ginOn(st sessions.Store, c Config) *App {
	c = c.withDefaults()
	e := newGin()
	e.Use(sessions.Sessions("session", st))
	e.GET("/pass", ginPass)
	e.GET("/read", func(c *gin.Context) {
		s := sessions.Default(c)
		if name, _ := s.Get(UserKey).(string); name != User {
			fail(c.Writer)
			return
		}
		c.Writer.Write(ok)
	})
	e.GET("/readwrite", func(c *gin.Context) {
		s := sessions.Default(c)
		n, _ := s.Get(NumberKey).(int)
		s.Set(NumberKey, n+1)
		ginSave(c, s)
	})
	e.GET("/create", func(c *gin.Context) {
		s := sessions.Default(c)
		s.Set(UserKey, User)
		s.Set(RoleKey, Role)
		s.Set(NumberKey, Number)
		ginSave(c, s)
	})
	for route := timed; route < routes; route++ {
		e.GET("/"+route.String(), func(g *gin.Context) {
			c.asked(route, g.Writer, g.Request, ginValues{sessions.Default(g)})
		})
	}
	return everywhere(e).app()
}

func ginSave(c *gin.Context, s sessions.Session) {
	if s.Save() != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Writer.Write(ok)
}

type ginValues struct{ s sessions.Session }

func (v ginValues) get(key string) any { return v.s.Get(key) }

func (v ginValues) set(key string, n int) { v.s.Set(key, n) }

func (v ginValues) add(key string, pause func(string)) error { return next(v, key, pause) }

func (v ginValues) save() error { return v.s.Save() }

func (v ginValues) destroy() error {
	v.s.Clear()
	v.s.Options(sessions.Options{Path: "/", MaxAge: -1})
	return v.s.Save()
}
