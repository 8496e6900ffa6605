// Fiber keeps sessions in an application of gofiber/fiber, which is not one of
// net/http:
//
//	SESSION_SECRET=$(go run ./cmd/sojourn secret) go run ./examples/frameworks/fiber
package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"

	"github.com/sojourn-dev/sojourn/session"
)

const (
	views session.Key[int]    = "views"
	name  session.Key[string] = "name"
)

// newApp puts recover around the sessions: a handler that panics then stores
// nothing.
func newApp(sessions *session.Manager) *fiber.App {
	app := fiber.New(fiber.Config{ReadTimeout: 10 * time.Second})
	app.Use(recover.New(), withSessions(sessions))
	app.Get("/", greet)
	app.Post("/name", setName)
	return app
}

func greet(c fiber.Ctx) error {
	s := sessionOf(c)
	n, err := views.Update(s, func(n int) int { return n + 1 })
	if err != nil {
		return err
	}
	return c.SendString(fmt.Sprintf("Hello, %s! Visit %d.\n", cmp.Or(name.Get(s), "stranger"), n))
}

func setName(c fiber.Ctx) error {
	name.Set(sessionOf(c), c.FormValue("name"))
	return c.Redirect().Status(fiber.StatusSeeOther).To("/")
}

func main() {
	sessions, err := session.New(session.Options{Secrets: []string{os.Getenv("SESSION_SECRET")}})
	if err != nil {
		log.Fatal("SESSION_SECRET: ", err)
	}
	log.Fatal(newApp(sessions).Listen("127.0.0.1:3000"))
}
