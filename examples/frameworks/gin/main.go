// Gin keeps sessions in an application of gin-gonic/gin:
//
//	SESSION_SECRET=$(go run ./cmd/sojourn secret) go run ./examples/frameworks/gin
package main

import (
	"cmp"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/sojourn-dev/sojourn/session"
)

const (
	views session.Key[int]    = "views"
	name  session.Key[string] = "name"
)

// newHandler puts the sessions around the whole engine, whose middlewares are
// not net/http's. Recovery is then within them, and has to say that what a
// handler left that panicked is not to be stored.
func newHandler(engine *gin.Engine, sessions *session.Manager) http.Handler {
	engine.Use(gin.CustomRecovery(func(c *gin.Context, _ any) {
		session.From(c.Request).Discard()
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	engine.GET("/", greet)
	engine.POST("/name", setName)
	return http.NewCrossOriginProtection().Handler(sessions.Handler(engine))
}

func greet(c *gin.Context) {
	s := session.From(c.Request)
	n, err := views.Update(s, func(n int) int { return n + 1 })
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.String(http.StatusOK, "Hello, %s! Visit %d.\n", cmp.Or(name.Get(s), "stranger"), n)
}

func setName(c *gin.Context) {
	name.Set(session.From(c.Request), c.PostForm("name"))
	c.Redirect(http.StatusSeeOther, "/")
}

func main() {
	sessions, err := session.New(session.Options{Secrets: []string{os.Getenv("SESSION_SECRET")}})
	if err != nil {
		log.Fatal("SESSION_SECRET: ", err)
	}
	server := &http.Server{Addr: "127.0.0.1:3000", Handler: newHandler(gin.New(), sessions), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
