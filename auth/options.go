package auth

import (
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Options configures an [Authenticator]. Only Accounts is required; every zero
// value is a safe default.
type Options struct {
	// Accounts keeps the accounts.
	Accounts Accounts
	// Timeout bounds what one operation spends with Accounts. 0 is 2 seconds.
	Timeout time.Duration

	// Cost is the bcrypt cost of new hashes, from 4 to 31; each step doubles
	// the work. 0 is 12, about a quarter of a second. 4 is for tests.
	Cost int
	// MaxQueued is how many requests may wait to have a password hashed or
	// compared, while as many as there are processors are at it. 0 is eight
	// for each processor, a wait of some two seconds at the default cost. A
	// negative number is none.
	MaxQueued int

	// RememberFor is how long a session lives unused that was asked to be
	// remembered, across restarts of the browser. 0 is 30 days. It is no
	// longer than the session manager's AbsoluteTimeout.
	RememberFor time.Duration
	// LoginPath is where RequireUser leads those who are not logged in.
	// Empty is "/login".
	LoginPath string

	// Logger takes warnings, none of which contains a name, a password or an
	// id. Nil is slog.Default() at the time of New.
	Logger *slog.Logger
}

const (
	defaultTimeout     = 2 * time.Second
	defaultCost        = 12
	queuedPerProcessor = 8
	defaultRememberFor = 30 * 24 * time.Hour
	defaultLoginPath   = "/login"
)

// withDefaults returns o with its zero values filled in.
func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Cost == 0 {
		o.Cost = defaultCost
	}
	if o.MaxQueued == 0 {
		o.MaxQueued = queuedPerProcessor * runtime.GOMAXPROCS(0)
	}
	o.MaxQueued = max(o.MaxQueued, 0)
	if o.RememberFor == 0 {
		o.RememberFor = defaultRememberFor
	}
	if o.LoginPath == "" {
		o.LoginPath = defaultLoginPath
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// validate reports the first thing in o, defaults filled in, that cannot work.
func (o Options) validate() error {
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvalidOptions}, args...)...)
	}
	switch {
	case o.Accounts == nil:
		return invalid("Accounts is missing")
	case o.Timeout < 0:
		return invalid("Timeout is negative")
	case o.RememberFor < 0:
		return invalid("RememberFor is negative")
	case o.Cost < bcrypt.MinCost || o.Cost > bcrypt.MaxCost:
		return invalid("Cost is not between %d and %d", bcrypt.MinCost, bcrypt.MaxCost)
	case !local(o.LoginPath):
		return invalid("LoginPath is not the path of a page")
	}
	return nil
}
