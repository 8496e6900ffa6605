package auth

import (
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sojourn-dev/sojourn/cookie"
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

	// LoginRate slows down who guesses the password of an account, whether
	// there is one of that name or not. It counts failures; a success forgets
	// them. The default is {Free: 5, Wait: time.Second, MaxWait: 15 *
	// time.Minute}. The same rate goes for each browser in which somebody has
	// logged in to the account before, which then does not wait for what
	// others have failed: see Secrets.
	LoginRate Rate
	// AddressRate slows down who guesses the passwords of many accounts from
	// one address: an IPv4 address, or the /64 network of an IPv6 address. It
	// counts failures; a success forgets those at the same account. Since a
	// whole company may share an address, the default is more generous than
	// LoginRate: four times as many are free, and no wait is longer than a
	// minute. If LoginRate is Unlimited, the default is so too.
	AddressRate Rate
	// RegisterRate slows down who registers many accounts from one address. It
	// counts registrations whose password had to be hashed. The default is
	// {Free: 20, Wait: time.Second, MaxWait: time.Minute}, or Unlimited if
	// LoginRate is.
	RegisterRate Rate

	// Secrets sign the cookie by which a browser is known again that somebody
	// has logged in with before. The first signs, all verify, so a secret is
	// replaced by putting the new one in front. They may be the sessions'
	// secrets, for what signs is derived from them. Each has at least 16
	// bytes. Without any there is no such cookie, no browser is known, and
	// whoever keeps guessing can make the owner of an account wait.
	Secrets []string
	// BrowserCookie is the name of that cookie. Empty is "known". With the
	// prefix "__Host-", which is right where the site is served over HTTPS
	// only, no other host below the same domain can set it. Like the session's
	// it is Secure when the request came over HTTPS.
	BrowserCookie string
	// TrustProxies lists the proxies whose X-Forwarded-For is believed when
	// the client's address is looked for. Nil is none. Whether the cookie is
	// for HTTPS only is decided by session.Options.TrustProxies.
	TrustProxies []netip.Prefix

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

	defaultBrowserCookie = "known"
	minSecretLength      = 16

	// addressShare is how many accounts' failures one address has free.
	addressShare = 4
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
	o = o.withDefaultRates()
	if o.BrowserCookie == "" {
		o.BrowserCookie = defaultBrowserCookie
	}
	o.TrustProxies = slices.Clone(o.TrustProxies)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// withDefaultRates returns o with the rates filled in. At 15 minutes nobody
// gets at more than a hundred passwords of an account in a day.
func (o Options) withDefaultRates() Options {
	o.LoginRate = o.LoginRate.or(Rate{Free: 5, Wait: time.Second, MaxWait: 15 * time.Minute})
	free := o.LoginRate.Free
	o.AddressRate = o.AddressRate.or(Rate{
		Free: min(addressShare*free, maxFree), Wait: o.LoginRate.Wait, MaxWait: min(o.LoginRate.MaxWait, time.Minute),
	})
	if !o.LoginRate.unlimited() {
		free = 20
	}
	o.RegisterRate = o.RegisterRate.or(Rate{Free: free, Wait: time.Second, MaxWait: time.Minute})
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
	for name, rate := range map[string]Rate{"LoginRate": o.LoginRate, "AddressRate": o.AddressRate, "RegisterRate": o.RegisterRate} {
		if err := rate.check(); err != nil {
			return invalid("%s: %v", name, err)
		}
	}
	for i, secret := range o.Secrets {
		if len(secret) < minSecretLength {
			return invalid("secret %d has fewer than %d bytes", i+1, minSecretLength)
		}
	}
	for i, p := range o.TrustProxies {
		if !p.IsValid() {
			return invalid("TrustProxies: prefix %d is not valid", i+1)
		}
	}
	if err := (cookie.Cookie{Name: o.BrowserCookie}).Validate(); err != nil {
		return invalid("BrowserCookie: %v", err)
	}
	return nil
}
