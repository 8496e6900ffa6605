package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"
)

// config is what the flags of serve say.
type config struct {
	addr     string
	data     string
	inMemory bool   // keep sessions in memory
	database string // path of the database; "" is the default below data
	idle     time.Duration
	absolute time.Duration
	logJSON  bool
	logLevel slog.Level
}

// parseFlags returns the configuration. The error is a usageError or
// flag.ErrHelp.
func parseFlags(args []string) (config, error) {
	var c config
	var store, logFormat string
	flags := newFlagSet("serve")
	flags.StringVar(&c.addr, "addr", "127.0.0.1:3000", "")
	flags.StringVar(&c.data, "data", "./sojourn-data", "")
	flags.StringVar(&store, "store", "", "")
	flags.DurationVar(&c.idle, "idle", 24*time.Hour, "")
	flags.DurationVar(&c.absolute, "absolute", 90*24*time.Hour, "")
	flags.StringVar(&logFormat, "log-format", "text", "")
	flags.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "")
	if err := parse(flags, args); err != nil {
		return config{}, err
	}
	if err := errors.Join(c.check(), c.setStore(store), c.setLogFormat(logFormat)); err != nil {
		return config{}, usageError{err}
	}
	return c, nil
}

// newFlagSet returns a set of flags that prints nothing by itself.
func newFlagSet(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

func parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	return nil
}

func (c *config) check() error {
	if _, _, err := net.SplitHostPort(c.addr); err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	switch {
	case c.data == "":
		return errors.New("--data is empty")
	case c.idle <= 0:
		return errors.New("--idle is not longer than 0")
	case c.absolute < 0:
		return errors.New("--absolute is negative")
	}
	return nil
}

// setStore understands the URL of a store. Its errors name the scheme only:
// what follows may hold a password.
func (c *config) setStore(url string) error {
	if url == "" {
		return nil
	}
	scheme, rest, found := strings.Cut(url, ":")
	switch {
	case !found:
		return errors.New("--store has no scheme; it is memory: or sqlite:PATH")
	case scheme == "memory" && rest != "":
		return errors.New("--store: memory: takes nothing after it")
	case scheme == "memory":
		c.inMemory = true
	case scheme == "sqlite" && rest == "":
		return errors.New("--store: sqlite: needs a path after it")
	case scheme == "sqlite":
		c.database = rest
	default:
		return fmt.Errorf("--store: unknown scheme %q; it is memory: or sqlite:PATH", scheme)
	}
	return nil
}

func (c *config) setLogFormat(format string) error {
	c.logJSON = format == "json"
	if format != "json" && format != "text" {
		return fmt.Errorf("--log-format: %q is neither text nor json", format)
	}
	return nil
}

// logger returns the logger for w.
func (c *config) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.logLevel}
	if c.logJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
