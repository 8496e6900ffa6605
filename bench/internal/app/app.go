// Package app is one small application, built with each library in the
// library's own framework and with its in-memory store, so that what differs
// between two measurements is the library.
//
// A session holds three small keys: a user's name, a role and a number. Routes
// that are timed are written as that library's documentation writes them;
// routes that are only asked about (see [Client.Ask]) share their logic.
package app

import (
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/sojourn-dev/sojourn/store"
)

// Route is one of the application's routes.
type Route int

const (
	// Pass never asks for its session.
	Pass Route = iota
	// Read reads one key, the user's name, and fails if it is not [User].
	Read
	// ReadWrite reads the number and writes one more.
	ReadWrite
	// Create puts the three keys into a new session.
	Create

	// Look answers what a key holds, or "none".
	Look
	// Write sets a key to a number.
	Write
	// Count adds one to a key, in the way the library has for it.
	Count
	// Logout destroys the session.
	Logout

	routes
)

// timed is how many routes, the first ones, are timed.
const timed = Look

func (r Route) String() string {
	return [...]string{"pass", "read", "readwrite", "create", "look", "write", "count", "logout"}[r]
}

// What a new session holds.
const (
	User   = "0123456789abcdef"
	Role   = "admin"
	Number = 41

	// UserKey, RoleKey and NumberKey are the keys of these.
	UserKey   = "user"
	RoleKey   = "role"
	NumberKey = "n"
)

// Secret signs the cookies of the libraries that sign theirs: 32 bytes.
const Secret = "4b1c5d0e9f8a7b6c5d4e3f2a1b0c9d8e"

// Config is how an application is built.
type Config struct {
	// Lifetime is how long a session lives, 0 an hour. A library that counts
	// in seconds rounds it up.
	Lifetime time.Duration
	// Sweep is how often expired sessions are swept away where that can be
	// set. 0 is never where it can be switched off, and what the library
	// takes for its default elsewhere.
	Sweep time.Duration
	// Pause, if set, is called by the routes Look, Write and Count between
	// loading the session and going on, with the key they were asked for:
	// there a handler waits for something else.
	Pause func(key string)

	// Store is where our sessions are kept, nil for a new in-memory store.
	Store store.Store
	// TouchAfter is our own option of that name.
	TouchAfter time.Duration
	// SCSStore is where the sessions of scs are kept, nil for a new memstore.
	SCSStore scs.Store
}

func (c Config) withDefaults() Config {
	if c.Lifetime == 0 {
		c.Lifetime = time.Hour
	}
	if c.Pause == nil {
		c.Pause = func(string) {}
	}
	return c
}

// seconds returns the lifetime in whole seconds, rounded up.
func (c Config) seconds() int {
	return int((c.Lifetime + time.Second - 1) / time.Second)
}

// App is the application, built with one library.
type App struct {
	// Handler serves each route at its name. It is nil if the library is not
	// one of net/http.
	Handler http.Handler
	// Client returns a client. Each goroutine needs one of its own.
	Client func() Client
	// WithLifetime returns the same application, with the same sessions,
	// whose new sessions live for d. It is nil if the library's sessions do
	// not expire within the store.
	WithLifetime func(d time.Duration) *App
}

// Client sends requests to an application and holds the last response. It may
// be used by one goroutine at a time, and costs as little as it can.
type Client interface {
	// Send sends a request without parameters, with a cookie in the form
	// "name=value" unless it is empty.
	Send(route Route, cookie string)
	// Ask sends a request to one of the routes that take a key, and a value
	// if the route is Write.
	Ask(route Route, cookie, key string, value int)
	// Status is that of the last response.
	Status() int
	// Answer is the body of the last response.
	Answer() string
	// Cookie is the first cookie that the last response set, in the form
	// "name=value", and whether there was one. It is empty if the response
	// took the cookie away.
	Cookie() (string, bool)
}

// values is a session as the routes see it that are not timed.
type values interface {
	// get returns a string for UserKey and RoleKey, an int for others, nil
	// if there is none.
	get(key string) any
	set(key string, n int)
	// add adds one to a key that get has been called for, after pause.
	add(key string, pause func(string)) error
	// save is for libraries that ask for it to be called.
	save() error
	destroy() error
}

// answer does what is asked of a route that is not timed.
func (c Config) answer(route Route, key string, value int, v values) (string, error) {
	switch route {
	case Look:
		got := v.get(key)
		c.Pause(key)
		if got == nil {
			return "none", nil
		}
		return fmt.Sprint(got), nil
	case Write:
		v.get(UserKey)
		c.Pause(key)
		v.set(key, value)
		return "ok", v.save()
	case Count:
		if err := v.add(key, c.Pause); err != nil {
			return "", err
		}
		return "ok", v.save()
	case Logout:
		return "ok", v.destroy()
	default:
		return "", fmt.Errorf("route %d takes no parameters", route)
	}
}

// next is what add sets, for libraries that can only get and set.
func next(v values, key string, pause func(string)) error {
	n, _ := v.get(key).(int)
	pause(key)
	v.set(key, n+1)
	return nil
}

var ok = []byte("ok")
