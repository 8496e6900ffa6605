// Fleet simulates a day of very many sessions, with what they cost on each
// engine as the section "costs" of the benchmarks has measured it:
//
//	go run ./fleet -engine redis -sessions 100000000
//
// prints what the day was like and draws it. Without -engine it computes the
// tables and draws the plots of docs/scaling.md, which takes some minutes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/costs"
	"github.com/sojourn-dev/sojourn/bench/internal/fleet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	costs, docs, plots string
	engine             string
	sessions           float64
	shards             int
	sample, detail     int
	seed               uint64
	limits             fleet.Limits
	changes            []func(*fleet.Config)
}

func parse(args []string) (*settings, error) {
	o := &settings{limits: fleet.DefaultLimits()}
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	flags.StringVar(&o.costs, "costs", "costs.json", "`file` of what was measured")
	flags.StringVar(&o.docs, "docs", "../docs", "`directory` of scaling.md, whose tables and plots are made anew without -engine")
	flags.StringVar(&o.engine, "engine", "", "`engine` to simulate a day with: memory, sqlite, redis, postgres, mysql or mongodb")
	flags.StringVar(&o.plots, "plots", "", "`directory` for the plots of the day, none if empty")
	flags.Float64Var(&o.sessions, "sessions", 1e8, "`number` of sessions")
	flags.IntVar(&o.shards, "shards", 0, "`number` of servers that share the sessions; 0 is as many as are needed")
	flags.IntVar(&o.sample, "sample", 200_000, "`number` of browsers to simulate")
	flags.IntVar(&o.detail, "detail", 1000, "`number` of operations that are served one by one, of each server and half minute")
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that decides what people do")
	flags.IntVar(&o.limits.Cores, "cores", o.limits.Cores, "`number` of processors of a server")
	flags.Float64Var(&o.limits.Share, "load", o.limits.Share, "`share` of them that is planned to be busy at the peak")
	flags.Float64Var(&o.limits.Memory, "memory", o.limits.Memory, "`bytes` of sessions that are planned for a server's memory")

	// The rest is only there for those that are given.
	duration(flags, o, "idle", "idle `timeout`", func(c *fleet.Config, d time.Duration) { c.Policy.IdleTimeout = d })
	duration(flags, o, "absolute", "absolute `timeout`, 0 for none", func(c *fleet.Config, d time.Duration) { c.Policy.AbsoluteTimeout = d })
	duration(flags, o, "touch-after", "`time` of the idle timeout before a touch; -1ns for a touch on every request", func(c *fleet.Config, d time.Duration) { c.Policy.TouchAfter = d })
	duration(flags, o, "renew-after", "`age` of an id that is renewed", func(c *fleet.Config, d time.Duration) { c.Policy.RenewAfter = d })
	duration(flags, o, "round-trip", "`time` of a message and its answer", func(c *fleet.Config, d time.Duration) { c.Servers.RoundTrip = d })
	duration(flags, o, "confirm", "`time` that a logout waits for a replica", func(c *fleet.Config, d time.Duration) { c.Servers.Confirm = d })
	duration(flags, o, "flush", "`time` that a write waits for the disk", func(c *fleet.Config, d time.Duration) { c.Servers.Flush = d })
	duration(flags, o, "lag", "`time` by which replicas are behind", func(c *fleet.Config, d time.Duration) { c.Servers.Lag = d })
	duration(flags, o, "cache", "`time` for which a process reads what it has read already", func(c *fleet.Config, d time.Duration) { c.Servers.Cache = d })
	duration(flags, o, "failover", "`time` without a primary, 0 for no failure", func(c *fleet.Config, d time.Duration) { c.Failure.For = d })
	number(flags, o, "replicas", "`number` of replicas of each server", func(c *fleet.Config, n float64) { c.Servers.Replicas = int(n) })
	number(flags, o, "processes", "`number` of processes of the program", func(c *fleet.Config, n float64) { c.Servers.Processes = int(n) })
	number(flags, o, "revoke", "`share` of users who are revoked in an incident", func(c *fleet.Config, n float64) { c.Incident.Share = n })
	number(flags, o, "peak", "`factor` of visits at the peak", func(c *fleet.Config, n float64) { c.Behaviour.Peak.Factor = n })
	flags.BoolFunc("anonymous", "sessions are bound to no user", changed(o, strconv.ParseBool, func(c *fleet.Config, b bool) { c.Policy.Anonymous = b }))
	flags.BoolFunc("read-replicas", "reads go to replicas, which Sojourn never does",
		changed(o, strconv.ParseBool, func(c *fleet.Config, b bool) { c.Servers.ReadReplicas = b }))
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	if o.limits.Cores < 1 || o.limits.Share <= 0 || o.limits.Memory <= 0 {
		return nil, errors.New("a server has more than nothing")
	}
	return o, nil
}

// duration adds a flag that changes a day.
func duration(flags *flag.FlagSet, o *settings, name, usage string, set func(*fleet.Config, time.Duration)) {
	flags.Func(name, usage, changed(o, time.ParseDuration, set))
}

// number is duration for numbers.
func number(flags *flag.FlagSet, o *settings, name, usage string, set func(*fleet.Config, float64)) {
	flags.Func(name, usage, changed(o, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }, set))
}

// changed notes what a flag changes of a day, if it is there.
func changed[T any](o *settings, parse func(string) (T, error), set func(*fleet.Config, T)) func(string) error {
	return func(text string) error {
		value, err := parse(text)
		o.changes = append(o.changes, func(c *fleet.Config) { set(c, value) })
		return err
	}
}

// run does what the arguments ask for.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	figures, err := costs.Read(o.costs)
	if err != nil {
		return err
	}
	if o.engine == "" {
		return o.page(ctx, figures)
	}
	engine, err := figures.Engine(o.engine)
	if err != nil {
		return err
	}
	return o.day(ctx, engine, out)
}

// config returns a day with so many sessions.
func (o *settings) config(sessions float64, engine *costs.Engine) fleet.Config {
	c := fleet.Default(sessions, engine)
	c.Sample, c.Detail, c.Seed = o.sample, o.detail, o.seed
	if engine != nil {
		c.Servers.Cores = engine.Usable(o.limits.Cores)
	}
	for _, change := range o.changes {
		change(&c)
	}
	return c
}
