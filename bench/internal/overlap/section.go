package overlap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/report"
	"github.com/sojourn-dev/sojourn/bench/internal/stores"
)

// Options say how much is tried.
type Options struct {
	// Libraries are those to be tried.
	Libraries []app.Library
	// Memory is how much is tried in the memory of the process.
	Memory Limits
	// Engines are those to be tried on.
	Engines []Engine
	// Progress is told what is done next.
	Progress func(string)
}

// Engine is one to be tried on.
type Engine struct {
	// Name is that of package engine.
	Name string
	Limits
}

// Limits say how much is tried with one library.
type Limits struct {
	// Operations is how many are tried in all, of all kinds.
	Operations int
	// Ours and Peers are how long at most one kind of them is tried with our
	// library and with the others.
	Ours, Peers time.Duration
}

// of returns how long one kind is tried with a library.
func (l Limits) of(library string) time.Duration {
	if library == app.Ours {
		return l.Ours
	}
	return l.Peers
}

const million = 1e6

// loads are the trials under load, in the order of the columns. A logout takes eight
// requests and a login, so there are fewer of them.
var loads = [...]struct {
	trial string
	parts int
}{{OwnKeys, 8}, {Counter, 8}, {AfterWrite, 1}, {AfterRead, 1}}

// plan returns how many of n operations are done of each kind.
func plan(n int) (operations [len(loads)]int) {
	sum := 0
	for _, l := range loads {
		sum += l.parts
	}
	done := 0
	for i, l := range loads {
		done += l.parts
		operations[i] = n * done / sum
	}
	for i := len(operations) - 1; i > 0; i-- {
		operations[i] -= operations[i-1]
	}
	return operations
}

// tables are those of the section.
type tables struct {
	load, barrier report.Table
	targets       report.Targets
	engines       []string // what was said of each
}

// Measure tries everything with all libraries of sessions.
func Measure(ctx context.Context, o Options) (*report.Section, error) {
	t := &tables{
		load:    report.Table{Head: []string{"in a million", "updates lost", "additions lost", "back after a write", "back after a read", "operations"}},
		barrier: report.Table{Head: []string{"forced with a barrier", "update lost", "back after a write", "back after a read"}},
	}
	for _, l := range o.Libraries {
		if !l.Sessions() {
			continue
		}
		o.Progress(l.Name)
		if err := t.add(ctx, o.Memory, Job{Library: l.Name}, report.Name(l.Name), "memory"); err != nil {
			return nil, err
		}
	}
	for _, on := range o.Engines {
		if err := t.addEngine(ctx, o, on); err != nil {
			return nil, err
		}
	}
	return t.section(o), nil
}

// addEngine starts an engine and tries the libraries that have a store for it.
func (t *tables) addEngine(ctx context.Context, o Options, on Engine) (err error) {
	e, err := engine.Start(ctx, on.Name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if about := fmt.Sprintf("%s (%s)", e.Title, e.Durability); !slices.Contains(t.engines, about) {
		t.engines = append(t.engines, about)
	}
	title := e.Title
	if on.Name == engine.RedisCached {
		title += ", cached"
	}
	for _, l := range o.Libraries {
		if l.Name != app.Ours && l.Name != stores.SCS || !stores.Has(l.Name, on.Name) {
			continue
		}
		o.Progress(l.Name + " on " + title)
		if err := t.add(ctx, on.Limits, Job{Library: l.Name, Engine: on.Name, URL: e.URL}, report.Name(l.Name)+" on "+title, title); err != nil {
			return err
		}
	}
	return nil
}

// add tries everything with one library, in one place.
func (t *tables) add(ctx context.Context, limits Limits, j Job, label, place string) error {
	j.Time = limits.of(j.Library)
	row, sum := []string{label}, Count{}
	for i, n := range plan(limits.Operations) {
		j.Trial, j.Operations = loads[i].trial, n
		count, cell, err := try(ctx, j)
		if err != nil {
			return err
		}
		row = append(row, cell)
		sum.add(count)
	}
	t.load.Row(append(row, report.Number(float64(sum.Operations)))...)
	if j.Library == app.Ours {
		t.targets.Below(fmt.Sprintf("lost or brought back in %s operations, %s", report.Number(float64(sum.Operations)), place), float64(sum.Wrong), 0)
	}

	row = []string{label}
	for _, trial := range []string{ForcedUpdate, ForcedWrite, ForcedRead} {
		j.Trial, j.Operations = trial, 1
		count, cell, err := try(ctx, j)
		if err != nil {
			return err
		}
		if count.Operations == 1 {
			cell = map[int]string{0: "no", 1: "**yes**"}[count.Wrong]
		}
		row = append(row, cell)
	}
	t.barrier.Row(row...)
	return nil
}

// try tries one thing in a process of its own, which may crash, or never end.
func try(ctx context.Context, j Job) (Count, string, error) {
	limited, cancel := context.WithTimeout(ctx, 2*j.Time+time.Minute)
	defer cancel()
	count, err := isolate.Run[Count](limited, jobName, j)
	var crash *isolate.CrashError
	switch {
	case err != nil && limited.Err() != nil && ctx.Err() == nil && j.Library != app.Ours:
		return Count{}, "hung", nil
	case errors.As(err, &crash):
		return Count{}, "crashed: " + crash.Reason, nil
	case err != nil:
		return Count{}, "", fmt.Errorf("%s: %s: %w", j.Library, j.Trial, err)
	}
	return count, report.Number(count.Per(million)), nil
}

func (t *tables) section(o Options) *report.Section {
	s := &report.Section{Name: "correctness", Title: "What is lost and what comes back"}
	s.Printf("Requests of one session overlap, eight at a time; between loading the session and going on a handler lets others run, as one does that "+
		"waits for a database. Counted are, each in a million: *updates lost*, where each request writes a key of its own, was told that it is stored, and "+
		"does not find it then, or before its next write; *additions lost*, where all add one to the same number, each library in the way it has for it, "+
		"which for the peers is to get it and to set it; and logouts after which "+
		"the old cookie is logged in again, because a request that *wrote* or only *read* was under way. Tried are %s operations in the memory of the process, "+
		"or as many as %v (a peer %v) of each kind allow; logouts are a ninth of them.\n\n",
		report.Number(float64(o.Memory.Operations)), o.Memory.Ours, o.Memory.Peers)
	if len(t.engines) > 0 {
		s.Printf("On an engine it is as many as the last column says. There %d sessions are in use at a time, and the requests of each are shared by %d "+
			"stores with connections of their own, as between processes. The engines are %s.\n\n",
			sessionsOnEngine, parties, strings.Join(t.engines, "; "))
	}
	s.Printf("%s%s", t.targets.String(), t.load.String())
	s.Printf("Where a process was ended by Go's runtime, because the library let two requests write to one map, what it said stands in place of a number. "+
		"A session that lives in its cookie cannot be ended by the server, so the old cookie is always logged in; and browsers send what they have "+
		"when a request leaves.\n\n%s", t.barrier.String())
	return s
}
