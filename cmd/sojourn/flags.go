package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
)

// config is what the flags of serve say.
type config struct {
	addr  string
	data  string
	store location

	cert, key    string // files; "" is plain HTTP
	trustProxies []netip.Prefix
	cookieName   string

	storeTimeout time.Duration
	idle         time.Duration
	absolute     time.Duration
	loginRate    auth.Rate
	passwordCost int

	hashIDs     bool
	encryptKey  string // a file
	acceptPlain bool

	logJSON  bool
	logLevel slog.Level
}

// maxStoreTimeout leaves time to answer before a connection has had its own.
const maxStoreTimeout = writeTimeout - 5*time.Second

const defaultData = "./sojourn-data"

// parseFlags returns the configuration. The error is a usageError or
// flag.ErrHelp.
func parseFlags(args []string) (config, error) {
	var c config
	var store, logFormat, trustProxy string
	var cache bool
	var wait int
	flags := newFlagSet("serve")
	flags.StringVar(&c.addr, "addr", "127.0.0.1:3000", "")
	flags.StringVar(&c.data, "data", defaultData, "")
	flags.StringVar(&store, "store", "", "")
	flags.BoolVar(&cache, "redis-cache", false, "")
	flags.IntVar(&wait, "redis-wait", 0, "")
	flags.DurationVar(&c.storeTimeout, "store-timeout", 2*time.Second, "")
	flags.DurationVar(&c.idle, "idle", 24*time.Hour, "")
	flags.DurationVar(&c.absolute, "absolute", 30*24*time.Hour, "")
	flags.StringVar(&c.cert, "tls-cert", "", "")
	flags.StringVar(&c.key, "tls-key", "", "")
	flags.StringVar(&trustProxy, "trust-proxy", "", "")
	flags.StringVar(&c.cookieName, "cookie-name", "", "")
	flags.TextVar(&c.loginRate, "login-rate", auth.Rate{}, "")
	flags.IntVar(&c.passwordCost, "password-cost", 0, "")
	flags.BoolVar(&c.hashIDs, "hash-ids", false, "")
	flags.StringVar(&c.encryptKey, "encrypt-key", "", "")
	flags.BoolVar(&c.acceptPlain, "accept-plain", false, "")
	flags.StringVar(&logFormat, "log-format", "text", "")
	flags.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "")
	if err := parse(flags, args); err != nil {
		return config{}, err
	}
	if err := errors.Join(c.check(), c.setStore(store, cache, wait), c.setTrustProxies(trustProxy), c.setLogFormat(logFormat)); err != nil {
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
	case c.storeTimeout <= 0 || c.storeTimeout > maxStoreTimeout:
		return fmt.Errorf("--store-timeout is not between 0 and %v", maxStoreTimeout)
	case c.idle <= 0:
		return errors.New("--idle is not longer than 0")
	case c.absolute < 0:
		return errors.New("--absolute is negative")
	case (c.cert == "") != (c.key == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case c.cookieName != "" && c.cookieName == c.browserCookie():
		return fmt.Errorf("--cookie-name: %s is the cookie by which browsers are known", c.cookieName)
	case c.acceptPlain && c.encryptKey == "":
		return errors.New("--accept-plain is for --encrypt-key only")
	}
	return nil
}

// setStore understands the URL of a store.
func (c *config) setStore(url string, cache bool, wait int) (err error) {
	if c.store, err = parseLocation("--store", url); err != nil {
		return err
	}
	c.store.cache, c.store.wait = cache, wait
	switch {
	case wait < 0:
		return errors.New("--redis-wait is negative")
	case c.store.engine != inRedis && (cache || wait > 0):
		return errors.New("--redis-cache and --redis-wait are for a store in Redis only")
	}
	return nil
}

// setTrustProxies understands a list of networks.
func (c *config) setTrustProxies(list string) error {
	if list == "" {
		return nil
	}
	for _, one := range strings.Split(list, ",") {
		if one = strings.TrimSpace(one); one == "loopback" {
			c.trustProxies = append(c.trustProxies, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
			continue
		}
		prefix, err := netip.ParsePrefix(one)
		if addr, addrErr := netip.ParseAddr(one); addrErr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("--trust-proxy: %q is neither loopback nor an address nor a network like 10.0.0.0/8", one)
		}
		c.trustProxies = append(c.trustProxies, prefix.Masked())
	}
	return nil
}

// secure reports whether the program itself serves HTTPS.
func (c *config) secure() bool { return c.cert != "" }

// cookie returns the name and the settings of the session cookie. Over TLS its
// name begins with __Host-, which keeps subdomains and plain HTTP from setting
// it.
func (c *config) cookie() (name string, settings session.Cookie) {
	name = c.cookieName
	if name == "" && c.secure() {
		name = "__Host-connect.sid"
	}
	if c.secure() || strings.HasPrefix(name, "__Host-") || strings.HasPrefix(name, "__Secure-") {
		settings.Secure = session.SecureAlways
	}
	return name, settings
}

// browserCookie returns the name of the cookie by which a browser is known, for
// which the same goes as for the session's.
func (c *config) browserCookie() string {
	if c.secure() {
		return "__Host-known"
	}
	return "known"
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
