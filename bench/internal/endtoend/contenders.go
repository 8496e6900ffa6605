package endtoend

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/stores"
)

// Names on the page.
const (
	cached      = "sojourn, cache"
	scs         = stores.SCS
	scsIdle     = "scs, idle" // as in package app
	express     = "Express"
	bareHTTP    = "net/http"
	bareExpress = "Express, bare"
)

// field is an engine and those that are measured on it.
type field struct {
	engine     string
	contenders []contender
	// faster is how many times as many requests as Express ours is to answer,
	// and cheaper what part of Express's processor time a request may take of
	// the application; 0 where there is no such target.
	faster, cheaper float64
	// fewer is by how much the sessions and the connections are divided, for
	// an engine that is slow; 0 is 1.
	fewer int
}

// options are those of a field.
func (f field) options(o Options) Options {
	if f.fewer > 0 {
		o.Sessions, o.Connections = max(o.Sessions/f.fewer, 1), max(o.Connections/f.fewer, 1)
	}
	return o
}

// contender is one application.
type contender struct {
	// name is unique among those of an engine.
	name string
	// library is that of package app, "" for Express.
	library string
	// bare is whether it has no sessions, and so only the route that asks for
	// none.
	bare bool
}

func fields() []field {
	ours := contender{name: app.Ours, library: app.Ours}
	node := contender{name: express}
	peer := contender{name: scs, library: scs}
	return []field{
		{engine.Memory, []contender{{name: bareHTTP, library: bareHTTP, bare: true}, {name: bareExpress, bare: true}, ours, node, peer}, 8, 0, 0},
		{engine.Redis, []contender{ours, {name: cached, library: app.Ours}, node, peer}, 5, 0, 0},
		{engine.Postgres, []contender{ours, node, peer}, 1.5, 0.2, 0},
		{engine.MySQL, []contender{ours, node}, 1.5, 0.2, 0},
		{engine.SQLite, []contender{ours, node}, 0, 0, 0},
		{engine.MongoDB, []contender{ours, node}, 0, 0, 16},
	}
}

// file is a name for a file of the contender's on an engine.
func (c contender) file(engine string) string {
	return engine + "-" + strings.NewReplacer("/", "-", ", ", "-").Replace(c.name)
}

// routes are what is measured.
func (c contender) routes() []app.Route {
	if c.bare {
		return []app.Route{app.Pass}
	}
	return []app.Route{app.Read, app.ReadWrite}
}

// variant is how a contender is started.
type variant struct {
	// engine and url are where it keeps its sessions.
	engine, url string
	// touch is whether each request touches its session, whatever the
	// library's default is.
	touch bool
	// profile is a directory for profiles, "" for none.
	profile string
}

func (c contender) start(ctx context.Context, v variant) (*process, error) {
	var (
		cmd *exec.Cmd
		err error
	)
	if c.library == "" {
		cmd, err = c.expressCommand(ctx, v)
	} else {
		cmd, err = c.goCommand(ctx, v)
	}
	if err != nil {
		return nil, err
	}
	return start(cmd)
}

func (c contender) goCommand(ctx context.Context, v variant) (*exec.Cmd, error) {
	j := Job{Library: c.library, Engine: v.engine, URL: v.url}
	if c.name == cached {
		j.Engine = engine.RedisCached
	}
	if v.touch {
		j.TouchAfter = -1
		if j.Library == scs {
			j.Library = scsIdle // which saves with each request
		}
	}
	if v.profile != "" {
		j.Profile = filepath.Join(v.profile, c.file(v.engine)+".pprof")
	}
	return isolate.Command(ctx, jobName, j)
}
