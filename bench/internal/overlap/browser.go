package overlap

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// browser is a cookie jar that several requests share.
type browser struct {
	mu     sync.Mutex
	cookie string
}

// ask sends a request with the cookie that the browser has when it leaves, and
// keeps the one that it has when the response arrives.
func (b *browser) ask(c app.Client, route app.Route, key string, value int) (string, error) {
	b.mu.Lock()
	cookie := b.cookie
	b.mu.Unlock()
	c.Ask(route, cookie, key, value)
	if now, set := c.Cookie(); set {
		b.mu.Lock()
		b.cookie = now
		b.mu.Unlock()
	}
	if c.Status() != http.StatusOK {
		return "", fmt.Errorf("%v %s: answer %d", route, key, c.Status())
	}
	return c.Answer(), nil
}

// login returns a browser with a new session.
func login(c app.Client) (*browser, error) {
	c.Send(app.Create, "")
	cookie, _ := c.Cookie()
	if c.Status() != http.StatusOK || cookie == "" {
		return nil, fmt.Errorf("login: answer %d, cookie %q", c.Status(), cookie)
	}
	return &browser{cookie: cookie}, nil
}

// loggedIn reports whether a cookie is one of a session that is logged in. That the
// library does not say is an error, for it is no proof.
func loggedIn(c app.Client, cookie string) (bool, error) {
	c.Ask(app.Look, cookie, app.UserKey, 0)
	if c.Status() != http.StatusOK {
		return false, fmt.Errorf("look after the logout: answer %d", c.Status())
	}
	return c.Answer() == app.User, nil
}
