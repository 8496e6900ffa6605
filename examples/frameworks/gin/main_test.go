package main

import (
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/sojourn-dev/sojourn/examples/frameworks/internal/sitetest"
	"github.com/sojourn-dev/sojourn/session"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	gin.DefaultErrorWriter = io.Discard
	os.Exit(m.Run())
}

func TestGin(t *testing.T) {
	t.Parallel()
	sitetest.Run(t, true, func(site *sitetest.Site) (sitetest.Serve, func() error) {
		engine := gin.New()
		handler := newHandler(engine, site.Sessions)
		engine.GET("/redirect", func(c *gin.Context) {
			sitetest.Note.Set(session.From(c.Request), "redirect")
			c.Redirect(http.StatusSeeOther, "/note")
		})
		engine.GET("/note", func(c *gin.Context) {
			c.String(http.StatusOK, "%s", sitetest.Note.Get(session.From(c.Request)))
		})
		engine.GET("/refuse", func(c *gin.Context) {
			sitetest.Note.Set(session.From(c.Request), "refuse")
			c.AbortWithStatus(http.StatusForbidden)
		})
		engine.GET("/panic", func(c *gin.Context) {
			sitetest.Note.Set(session.From(c.Request), "panic")
			panic("oops")
		})
		engine.GET("/stream", func(c *gin.Context) {
			sitetest.Note.Set(session.From(c.Request), "stream")
			lines := make(chan string, 2)
			lines <- "begin\n"
			go func() {
				defer close(lines)
				<-site.Released
				lines <- "end\n"
			}()
			c.Stream(func(w io.Writer) bool {
				line, more := <-lines
				io.WriteString(w, line)
				return more
			})
		})
		engine.GET("/hijack", func(c *gin.Context) {
			sitetest.Note.Set(session.From(c.Request), "hijack")
			if err := sitetest.Hijack(c.Writer); err != nil {
				t.Error(err)
			}
		})
		engine.GET("/logout", func(c *gin.Context) {
			c.SetCookie("own", "1", 0, "/", "", false, true)
			if err := session.From(c.Request).Destroy(c.Request.Context()); err != nil {
				t.Error(err)
			}
			c.Status(http.StatusNoContent)
		})
		return sitetest.HTTP(handler)
	})
}
