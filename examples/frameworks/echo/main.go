// Echo keeps sessions in an application of labstack/echo:
//
//	SESSION_SECRET=$(go run ./cmd/sojourn secret) go run ./examples/frameworks/echo
package main

import (
	"cmp"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/sojourn-dev/sojourn/session"
)

const (
	views session.Key[int]    = "views"
	name  session.Key[string] = "name"
)

// newEcho puts Recover around the sessions: a handler that panics then stores
// nothing.
func newEcho(sessions *session.Manager) *echo.Echo {
	e := echo.New()
	protect := echo.WrapMiddleware(http.NewCrossOriginProtection().Handler)
	e.Use(middleware.Recover(), protect, echo.WrapMiddleware(sessions.Handler))
	e.GET("/", greet)
	e.POST("/name", setName)
	return e
}

func greet(c *echo.Context) error {
	s := session.From(c.Request())
	n, err := views.Update(s, func(n int) int { return n + 1 })
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, fmt.Sprintf("Hello, %s! Visit %d.\n", cmp.Or(name.Get(s), "stranger"), n))
}

func setName(c *echo.Context) error {
	name.Set(session.From(c.Request()), c.FormValue("name"))
	return c.Redirect(http.StatusSeeOther, "/")
}

func main() {
	sessions, err := session.New(session.Options{Secrets: []string{os.Getenv("SESSION_SECRET")}})
	if err != nil {
		log.Fatal("SESSION_SECRET: ", err)
	}
	server := &http.Server{Addr: "127.0.0.1:3000", Handler: newEcho(sessions), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
