package session

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/store"
)

// Options configures a [Manager]. Only Secrets is required; every zero value
// is a safe default. [New] refuses what contradicts itself.
type Options struct {
	// Secrets sign the session id in the cookie, or encrypt or sign all of the
	// session with ClientSide. The first makes cookies, all are accepted. A
	// secret is replaced in three steps, each complete on all machines before
	// the next begins: add the new one behind the old, put it in front, drop
	// the old one. Each has at least 16 bytes and is not one that is known from
	// tutorials; 32 random bytes are right ("sojourn secret" prints some).
	Secrets []string
	// AllowWeakSecrets accepts short and well-known secrets. It is only there
	// to share sessions with an Express application that still has one, and
	// is logged as a warning by New.
	AllowWeakSecrets bool

	// Store keeps the sessions. Nil is a memory.Store of its own, which ends
	// with the process.
	Store store.Store
	// StoreTimeout bounds what one operation (load, commit, Save, Destroy,
	// Reload) spends with the store, conflicts included. 0 is 2 seconds.
	StoreTimeout time.Duration

	// ClientSide, if set, has sessions live wholly in the browser, in a cookie
	// that is encrypted (ClientSideEncrypted) or that Express's cookie-session
	// shares (ClientSideSigned), without a store. No session can be revoked then,
	// old cookies can be replayed, and overlapping responses lose each other's
	// updates: read what [ClientSide] says before.
	ClientSide ClientSide

	// Name is the cookie's name. Empty is "connect.sid", as in Express, and
	// "session" with ClientSide, as in cookie-session.
	Name string
	// Cookie holds the settings of new sessions' cookies.
	Cookie Cookie
	// CookieFunc, if set, takes the place of Cookie: it is asked once for
	// each request. It must be safe for concurrent use. Settings that browsers
	// refuse make the commit of a new session fail.
	CookieFunc func(*http.Request) Cookie
	// TrustProxies lists the proxies whose X-Forwarded-Proto is believed when
	// it is decided whether a request came over HTTPS. Nil is none.
	TrustProxies []netip.Prefix

	// Rolling sends the cookie with every response of a stored session, so
	// that the browser's expiry slides with the store's. Each then costs a
	// store call, since a cookie is only sent for a session that is there.
	Rolling bool
	// Resave stores a session on every request that used it, changed or not,
	// unless the request has done so already.
	Resave bool
	// SaveUninitialized stores new sessions that nothing was put into.
	SaveUninitialized bool
	// Eager loads and touches the session on every request with a valid
	// cookie, as Express does, and answers a failed load before the handler
	// runs. Without it a request that does not ask for its session costs
	// nothing.
	Eager bool
	// GenerateID makes the id of a new session: 1 to 128 bytes of 0x21 to
	// 0x7E that nobody can guess. Nil is 192 random bits in base64url. It
	// must be safe for concurrent use.
	GenerateID func(*http.Request) (string, error)

	// IdleTimeout is how long a session lives after its last use, unless its
	// cookie has a lifetime of its own. 0 is 24 hours, and no limit with
	// ClientSideSigned.
	IdleTimeout time.Duration
	// AbsoluteTimeout is how long a session lives after its creation, however
	// much it is used. 0 is no limit.
	AbsoluteTimeout time.Duration
	// TouchAfter is how much of the idle timeout may go by before a request
	// that changes nothing extends the session in the store: a session ends
	// between IdleTimeout - TouchAfter and IdleTimeout after its last use. 0
	// is a twentieth of the timeout, at most a minute; a negative one extends
	// it on every request. For a session whose own lifetime is short it is at
	// most half of that. With ClientSide 0 is a twentieth of the timeout.
	TouchAfter time.Duration
	// RenewAfter replaces a session's id once it is that old. Requests in
	// flight with the old id are led to the new one for a minute. 0 is never.
	RenewAfter time.Duration

	// Hooks are told what happens to sessions.
	Hooks Hooks
	// Logger takes warnings and errors, none of which contains an id, a
	// secret or a value. Nil is slog.Default() at the time of New.
	Logger *slog.Logger
	// ErrorHandler answers a request whose session could not be loaded or
	// stored. It should set a status of 500 or above; a lower one becomes
	// 503. Nil answers 503 with a short text, and 500 for the application's
	// own mistakes.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)
}

// Hooks are functions that are called when something has happened to a
// session. Each may be nil. They are called on the request's goroutine, while
// an operation on the session is under way: they may read the session, but not
// call Save, Reload, Destroy, or anything else that goes to the store. They
// must be safe for concurrent use.
type Hooks struct {
	// Created: a new session was stored.
	Created func(context.Context, Event)
	// Renewed: a session has a new id, by Renew, Regenerate or RenewAfter.
	Renewed func(context.Context, Event)
	// Destroyed: a session was ended by Destroy.
	Destroyed func(context.Context, Event)
	// Gone: a session that was to be stored or touched was no longer there.
	// What the request had changed was dropped.
	Gone func(context.Context, Event)
	// Conflict: this request set keys that it had read before and that
	// somebody else changed in between. The later value was stored.
	Conflict func(context.Context, Event)
}

// Event is what a hook is told.
type Event struct {
	// ID is the session's id. It is the key to the session: do not log it.
	ID string
	// OldID is the id that a renewed session had before.
	OldID string
	// Keys are the keys that were in conflict.
	Keys []string
	// Request is the request in which it happened.
	Request *http.Request
}

const (
	defaultName         = "connect.sid"
	clientSideName      = "session"
	defaultStoreTimeout = 2 * time.Second
	defaultIdleTimeout  = 24 * time.Hour
	maxTouchAfter       = time.Minute
	minSecretLength     = 16
)

// withDefaults returns o with its zero values filled in.
func (o Options) withDefaults() Options {
	if o.Name == "" && o.ClientSide != ClientSideOff {
		o.Name = clientSideName
	}
	if o.Name == "" {
		o.Name = defaultName
	}
	if o.StoreTimeout == 0 && o.ClientSide == ClientSideOff {
		o.StoreTimeout = defaultStoreTimeout
	}
	if o.IdleTimeout == 0 && o.ClientSide != ClientSideSigned {
		o.IdleTimeout = defaultIdleTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = respondError
	}
	o.Cookie = o.Cookie.withDefaults()
	o.Secrets = slices.Clone(o.Secrets)
	o.TrustProxies = slices.Clone(o.TrustProxies)
	return o
}

// validate reports the first thing in o, defaults filled in, that cannot work.
func (o Options) validate() error {
	if err := o.validateSecrets(); err != nil {
		return err
	}
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvalidOptions}, args...)...)
	}
	for name, d := range map[string]time.Duration{
		"StoreTimeout": o.StoreTimeout, "IdleTimeout": o.IdleTimeout,
		"AbsoluteTimeout": o.AbsoluteTimeout, "RenewAfter": o.RenewAfter,
	} {
		if d < 0 {
			return invalid("%s is negative", name)
		}
	}
	if err := o.validateClientSide(); err != nil {
		return err
	}
	if o.IdleTimeout > 0 && o.TouchAfter >= o.IdleTimeout {
		return invalid("TouchAfter is not shorter than IdleTimeout")
	}
	for i, p := range o.TrustProxies {
		if !p.IsValid() {
			return invalid("TrustProxies: prefix %d is not valid", i+1)
		}
	}
	if err := (cookie.Cookie{Name: o.Name}).Validate(); err != nil {
		return invalid("Name: %v", err)
	}
	if o.CookieFunc != nil {
		return nil
	}
	return o.Cookie.check(o.Name)
}

func (o Options) validateSecrets() error {
	if len(o.Secrets) == 0 {
		return fmt.Errorf("%w: Secrets is empty", ErrWeakSecret)
	}
	for i, secret := range o.Secrets {
		switch {
		case secret == "":
			return fmt.Errorf("%w: secret %d is empty", ErrWeakSecret, i+1)
		case o.AllowWeakSecrets:
		case len(secret) < minSecretLength:
			return fmt.Errorf("%w: secret %d has fewer than %d bytes", ErrWeakSecret, i+1, minSecretLength)
		case wellKnown(secret):
			return fmt.Errorf("%w: secret %d is publicly known", ErrWeakSecret, i+1)
		}
	}
	return nil
}

// check reports settings that browsers refuse or that cannot be kept, for a
// cookie called name.
func (c Cookie) check(name string) error {
	invalid := func(why string) error { return fmt.Errorf("%w: %s", ErrInvalidOptions, why) }
	host := hasPrefixFold(name, "__Host-")
	switch {
	case host && c.Domain != "":
		return invalid("a __Host- cookie has no Domain")
	case host && c.Path != "/":
		return invalid("a __Host- cookie has the Path /")
	case (host || hasPrefixFold(name, "__Secure-")) && c.Secure != SecureAlways:
		return invalid("a __Host- or __Secure- cookie needs SecureAlways")
	case c.SameSite == http.SameSiteNoneMode && c.Secure != SecureAlways:
		return invalid("SameSite=None needs SecureAlways")
	case c.Partitioned && c.Secure != SecureAlways:
		return invalid("Partitioned needs SecureAlways")
	case c.Secure > SecureNever:
		return invalid("unknown value of Secure")
	case !strings.HasPrefix(c.Path, "/"):
		return invalid("Path does not begin with a slash")
	}
	if err := c.validate(name); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidOptions, err)
	}
	return nil
}

// Browsers compare these prefixes without regard to case (RFC 6265bis).
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// wellKnown reports whether a secret stands in tutorials and documentation,
// whatever its case and punctuation, or is one byte over and over.
func wellKnown(secret string) bool {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(secret))
	return slices.Contains(knownSecrets, plain) || strings.Trim(secret, secret[:1]) == ""
}

// knownSecrets, letters and digits only.
var knownSecrets = []string{
	"changemechangeme", "changemeinproduction", "changethissecret", "defaultsecretkey", "expresssession",
	"expresssessionsecret", "helloworldhelloworld", "keyboardcatkeyboardcat", "mysecretsessionkey",
	"mysecretsessionsecret", "mysessionsecretkey", "mysupersecretkey", "mysupersecretsecret", "mysupersecretsessionkey",
	"replacethiswithasecret", "replacewithasecretkey", "secretkeysecretkey", "secretsecretsecret", "sessionsecretkey",
	"supersecretkey123", "supersecretpassword", "supersecretsecret", "supersecretsessionkey", "supersecretsessionsecret",
	"somesecretsomesecret", "thisisasecret", "thisisasecretkey", "thisismysecretkey", "thisisnotasecret",
	"thisshouldbeasecret", "topsecrettopsecret", "topsecretsessionkey", "verysecretsecret", "verysecretkeyverysecret",
	"yoursecretkeyhere", "yoursecretgoeshere", "yoursecrethere", "yoursecretkey", "yoursessionsecret", "yoursessionsecrethere",
	"yoursessionsecretkey", "yoursupersecretkey", "yourstrongsecrethere", "youraccesstokensecret", "1234567890123456",
	"0123456789abcdef", "0123456789abcdef0123456789abcdef", "12345678901234567890123456789012", "passwordpassword",
	"abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "correcthorsebatterystaple",
}
