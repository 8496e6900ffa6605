package app

import "slices"

// Library is one way to build the application.
type Library struct {
	// Name is short and unique.
	Name string
	// Module is the path of the library's module, "" for what is here only
	// to be compared with.
	Module string
	// About says in a few words what was measured.
	About string
	// Bare is the name of the same framework without sessions.
	Bare string
	// Build returns a new application.
	Build func(Config) *App
	// Lacks are timed routes that the library does not have: a floor has
	// only what it is the floor of.
	Lacks []Route
	// Expires is whether the library's in-memory store drops sessions that
	// have expired.
	Expires bool
	// Server is whether sessions are kept at the server, not in the cookie.
	Server bool
}

// Names of libraries that others are compared with.
const (
	Ours  = "sojourn"
	Floor = "floor"
)

// Libraries returns all libraries, what they are compared with first.
func Libraries() []Library {
	return []Library{
		{Name: "net/http", About: "no sessions", Build: bareHTTP, Lacks: []Route{Read, ReadWrite, Create}},
		{Name: "gin", Module: "github.com/gin-gonic/gin", About: "no sessions", Build: bareGin, Lacks: []Route{Read, ReadWrite, Create}},
		{Name: "fiber", Module: "github.com/gofiber/fiber/v3", About: "no sessions", Build: bareFiber, Lacks: []Route{Read, ReadWrite, Create}},
		{Name: "iris", Module: "github.com/kataras/iris/v12", About: "no sessions", Build: bareIris, Lacks: []Route{Read, ReadWrite, Create}},
		{Name: Floor, About: "the least for a signed session at the server", Bare: "net/http", Build: floorApp, Lacks: []Route{Pass, Create}},
		{Name: Ours, Module: "github.com/sojourn-dev/sojourn", About: "session, store/memory", Bare: "net/http", Build: oursApp, Expires: true, Server: true},
		{Name: "scs", Module: "github.com/alexedwards/scs/v2", About: "memstore", Bare: "net/http", Build: scsApp, Expires: true, Server: true},
		{Name: "scs, idle", Module: "github.com/alexedwards/scs/v2", About: "memstore, IdleTimeout set", Bare: "net/http", Build: scsIdleApp, Server: true},
		{Name: "gorilla, memory", Module: "github.com/gorilla/sessions", About: "quasoft/memstore", Bare: "net/http", Build: gorillaMemory, Server: true},
		{Name: "gorilla, cookie", Module: "github.com/gorilla/sessions", About: "CookieStore, signed", Bare: "net/http", Build: gorillaCookie},
		{Name: "gin, memory", Module: "github.com/gin-contrib/sessions", About: "memstore", Bare: "gin", Build: ginMemory, Server: true},
		{Name: "gin, cookie", Module: "github.com/gin-contrib/sessions", About: "cookie, signed", Bare: "gin", Build: ginCookie},
		{Name: "fiber, session", Module: "github.com/gofiber/fiber/v3", About: "middleware/session, memory", Bare: "fiber", Build: fiberApp, Expires: true, Server: true},
		{Name: "iris, sessions", Module: "github.com/kataras/iris/v12", About: "sessions, memory", Bare: "iris", Build: irisApp, Expires: true, Server: true},
		{Name: "icza", Module: "github.com/icza/session", About: "in-memory store", Bare: "net/http", Build: iczaApp, Expires: true, Server: true},
		{Name: "go-session", Module: "github.com/go-session/session/v3", About: "memory store, signed", Bare: "net/http", Build: goSessionApp, Expires: true, Server: true},
	}
}

// Find returns the library of a name.
func Find(name string) (Library, bool) {
	all := Libraries()
	i := slices.IndexFunc(all, func(l Library) bool { return l.Name == name })
	if i < 0 {
		return Library{}, false
	}
	return all[i], true
}

// Has reports whether a library has a timed route.
func (l Library) Has(route Route) bool { return !slices.Contains(l.Lacks, route) }

// Sessions reports whether the library is one of sessions, neither a bare
// framework nor a floor.
func (l Library) Sessions() bool { return l.Bare != "" && l.Name != Floor }
