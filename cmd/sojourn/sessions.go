package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// operator is one call of "sojourn sessions".
type operator struct {
	stdout, stderr io.Writer
	args           []string // that are no flags
	opened         []io.Closer

	url, data, encryptKey string
	acceptPlain, json     bool

	user, from, to, toKey       string
	values, all, mirror, toHash bool
	olderThan                   time.Duration
}

// action is a command of "sojourn sessions": the flags that it has beside those
// of all, and what it does.
type action struct {
	flags func(*operator, *flag.FlagSet)
	run   func(*operator, context.Context) error
	ids   bool // are its arguments
}

var actions = map[string]action{
	"list": {run: (*operator).list, flags: func(o *operator, f *flag.FlagSet) {
		f.StringVar(&o.user, "user", "", "")
		f.BoolVar(&o.values, "values", false, "")
	}},
	"show": {run: (*operator).show, ids: true, flags: func(o *operator, f *flag.FlagSet) {
		f.BoolVar(&o.values, "values", false, "")
	}},
	"count": {run: (*operator).count, flags: func(o *operator, f *flag.FlagSet) {
		f.StringVar(&o.user, "user", "", "")
	}},
	"revoke": {run: (*operator).revoke, ids: true, flags: func(o *operator, f *flag.FlagSet) {
		f.StringVar(&o.user, "user", "", "")
		f.BoolVar(&o.all, "all", false, "")
		f.DurationVar(&o.olderThan, "older-than", 0, "")
	}},
	"clear": {run: (*operator).clear, flags: func(*operator, *flag.FlagSet) {}},
	"copy": {run: (*operator).copy, flags: func(o *operator, f *flag.FlagSet) {
		f.StringVar(&o.from, "from", "", "")
		f.StringVar(&o.to, "to", "", "")
		f.StringVar(&o.toKey, "to-encrypt-key", "", "")
		f.BoolVar(&o.toHash, "to-hash-ids", false, "")
		f.BoolVar(&o.mirror, "mirror", false, "")
	}},
}

// operateSessions is the command "sessions".
func operateSessions(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return usageError{errors.New("sessions: list, show, count, revoke, clear or copy?")}
	}
	name := args[0]
	if name == "-h" || name == "-help" || name == "--help" {
		return flag.ErrHelp
	}
	act, ok := actions[name]
	if !ok {
		return usageError{fmt.Errorf("sessions: unknown command %q", name)}
	}
	o := &operator{stdout: stdout, stderr: stderr}
	flags := newFlagSet("sessions " + name)
	flags.StringVar(&o.url, "store", "", "")
	flags.StringVar(&o.data, "data", defaultData, "")
	flags.StringVar(&o.encryptKey, "encrypt-key", "", "")
	flags.BoolVar(&o.acceptPlain, "accept-plain", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	act.flags(o, flags)
	args = args[1:]
	if act.ids {
		o.args, args = separateIDs(flags, args)
	}
	if err := o.parse(flags, args); err != nil {
		return err
	}
	return errors.Join(act.run(o, ctx), o.close())
}

// parse reads flags and arguments in any order.
func (o *operator) parse(flags *flag.FlagSet, args []string) error {
	for {
		err := flags.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return err
		case err != nil:
			return usageError{err}
		case flags.NArg() == 0:
			return nil
		}
		o.args = append(o.args, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// separateIDs takes out the arguments that begin with a dash and are no flags, for
// an id may begin with one. After a second dash they are flags all the same, so
// that a slip of the pen is noticed; "--" before an id says that it is none.
func separateIDs(flags *flag.FlagSet, args []string) (ids, rest []string) {
	for i := 0; i < len(args); i++ {
		name, hasDash := strings.CutPrefix(args[i], "-")
		name, _, hasValue := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		known := flags.Lookup(name)
		switch {
		case args[i] == "--":
			return append(ids, args[i+1:]...), rest
		case hasDash && known == nil && !strings.HasPrefix(args[i], "--") && name != "h" && name != "help":
			ids = append(ids, args[i])
			continue
		}
		rest = append(rest, args[i])
		if hasDash && known != nil && !hasValue && !isSwitch(known) && i+1 < len(args) {
			i++
			rest = append(rest, args[i]) // its value, whatever that begins with
		}
	}
	return ids, rest
}

// isSwitch reports whether a flag takes no argument of its own.
func isSwitch(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// noArgs refuses arguments that a command has no use for.
func (o *operator) noArgs() error {
	if len(o.args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", o.args[0])}
	}
	return nil
}

// open opens the store that a flag names, with the keys of a file if there is
// one. Unless it is to be filled, it must be there.
func (o *operator) open(ctx context.Context, name, url, keys string, fill bool) (store.Store, error) {
	at, err := parseLocation(name, url)
	if err != nil {
		return nil, usageError{err}
	}
	if at.engine == inMemory {
		return nil, usageError{errors.New("sessions in memory are within the program that serves them; no other can reach them")}
	}
	open := at.openExisting
	if fill {
		open = at.open
	}
	e, err := open(ctx, o.data)
	if err != nil {
		return nil, err
	}
	o.opened = append(o.opened, e)
	return protect(e.sessions, config{encryptKey: keys, acceptPlain: o.acceptPlain})
}

// openStore opens the store of --store.
func (o *operator) openStore(ctx context.Context) (store.Store, error) {
	return o.open(ctx, "--store", o.url, o.encryptKey, false)
}

func (o *operator) close() (err error) {
	for _, c := range o.opened {
		err = errors.Join(err, c.Close())
	}
	return err
}

// printable makes text from a session safe to show in a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			return '?'
		}
		return r
	}, s)
}
