package redisstore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

// ErrURL: a URL does not say where the server is. The text of the error says what
// is wrong with it, without repeating any of it.
var ErrURL = errors.New("invalid redis url")

// kind is what a scheme stands for.
type kind struct {
	mode rueidis.ClientMode
	tls  bool
	port string
}

func kindOf(scheme string) (k kind, ok bool) {
	base, secure := strings.CutPrefix(scheme, "rediss")
	if !secure {
		if base, ok = strings.CutPrefix(scheme, "redis"); !ok {
			return kind{}, false
		}
	}
	switch base {
	case "":
		return kind{rueidis.ClientModeStandalone, secure, "6379"}, true
	case "-sentinel":
		return kind{rueidis.ClientModeSentinel, secure, "26379"}, true
	case "-cluster":
		return kind{rueidis.ClientModeCluster, secure, "6379"}, true
	}
	return kind{}, false
}

// ParseURL returns the options of a client for the server that a URL names:
//
//	redis://user:password@host:6379/0
//	redis-sentinel://user:password@host:26379,host:26379/name-of-the-primary/0
//	redis-cluster://user:password@host:6379,host:6379
//
// The same with rediss in place of redis is over TLS. All but the scheme, one host
// and the name of the primary may be left out: the user is then the default one,
// the ports are those above and the database is 0. What would end a part is
// written as in any URL, such as %40 for @. For sentinels that ask for a password
// of their own there are ?sentinel_user=… and &sentinel_password=….
//
// The error is [ErrURL]. [Connect] makes a store of the options.
func ParseURL(text string) (rueidis.ClientOption, error) {
	o, err := parseURL(text)
	if err != nil {
		return rueidis.ClientOption{}, fmt.Errorf("%w: %w", ErrURL, err)
	}
	return o, nil
}

var (
	errScheme   = errors.New("it must begin with redis://, rediss://, redis-sentinel:// or redis-cluster://")
	errEscape   = errors.New("it has a % that two hexadecimal digits do not follow")
	errHost     = errors.New("it must name a host, or host:port, or several with commas between them")
	errHosts    = errors.New("only redis-sentinel:// and redis-cluster:// take several hosts")
	errPort     = errors.New("a port must be a number from 1 to 65535")
	errDatabase = errors.New("the database must be a number from 0 on")
	errCluster  = errors.New("a cluster has only the database 0")
	errPrimary  = errors.New("redis-sentinel:// must name the primary after the hosts, as in /mymaster")
	errPath     = errors.New("there is more after the database")
	errOption   = errors.New("only redis-sentinel:// takes options, which are sentinel_user and sentinel_password")
	errFragment = errors.New("it has a #, which is written as %23")
	errUser     = errors.New("a user without a password is no user")
)

func parseURL(text string) (o rueidis.ClientOption, err error) {
	scheme, rest, ok := strings.Cut(text, "://")
	k, known := kindOf(strings.ToLower(scheme))
	if !ok || !known {
		return o, errScheme
	}
	if strings.Contains(rest, "#") {
		return o, errFragment
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if o.Username, o.Password, err = userinfo(authority[:at]); err != nil {
			return o, err
		}
		authority = authority[at+1:]
	}
	if o.InitAddress, err = addresses(authority, k.port); err != nil {
		return o, err
	}
	switch {
	case k.mode == rueidis.ClientModeStandalone && len(o.InitAddress) > 1:
		return o, errHosts
	case k.mode == rueidis.ClientModeStandalone:
		o.ForceSingleClient = true
	case k.mode == rueidis.ClientModeCluster:
		// With one address and no more rueidis would guess.
		o.ShuffleInit = true
	}
	if err := setPath(&o, k, path); err != nil {
		return o, err
	}
	if err := setQuery(&o, k, query); err != nil {
		return o, err
	}
	if k.tls {
		setTLS(&o)
	}
	return o, nil
}

func unescape(text string) (string, error) {
	s, err := url.PathUnescape(text)
	if err != nil {
		return "", errEscape // the other one repeats what is wrong
	}
	return s, nil
}

func userinfo(text string) (user, password string, err error) {
	user, password, ok := strings.Cut(text, ":")
	if !ok && user != "" {
		return "", "", errUser
	}
	if user, err = unescape(user); err != nil {
		return "", "", err
	}
	password, err = unescape(password)
	return user, password, err
}

func addresses(text, port string) ([]string, error) {
	var list []string
	for text := range strings.SplitSeq(text, ",") {
		host, p, err := net.SplitHostPort(text)
		if err != nil {
			// Without a port, an IPv6 address stands in brackets as well.
			if host, p, err = net.SplitHostPort(text + ":" + port); err != nil {
				return nil, errHost
			}
		}
		if host == "" || strings.ContainsAny(host, "@/%[] \t\r\n") {
			return nil, errHost
		}
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return nil, errPort
		}
		list = append(list, net.JoinHostPort(host, p))
	}
	return list, nil
}

func setPath(o *rueidis.ClientOption, k kind, path string) error {
	database := path
	if k.mode == rueidis.ClientModeSentinel {
		var name string
		name, database, _ = strings.Cut(path, "/")
		name, err := unescape(name)
		if err != nil {
			return err
		}
		if name == "" {
			return errPrimary
		}
		o.Sentinel.MasterSet = name
	}
	if strings.Contains(database, "/") {
		return errPath
	}
	if database == "" {
		return nil
	}
	n, err := strconv.ParseUint(database, 10, 31)
	if err != nil {
		return errDatabase
	}
	if n > 0 && k.mode == rueidis.ClientModeCluster {
		return errCluster
	}
	o.SelectDB = int(n)
	return nil
}

func setQuery(o *rueidis.ClientOption, k kind, query string) error {
	if query == "" {
		return nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, err := unescape(value)
		switch {
		case err != nil:
			return err
		case k.mode == rueidis.ClientModeSentinel && name == "sentinel_user":
			o.Sentinel.Username = value
		case k.mode == rueidis.ClientModeSentinel && name == "sentinel_password":
			o.Sentinel.Password = value
		default:
			return errOption
		}
	}
	return nil
}

// setTLS leaves the name of the server to the client, which takes that of the
// address where it connects: there may be many.
func setTLS(o *rueidis.ClientOption) {
	o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if o.Sentinel.MasterSet != "" {
		o.Sentinel.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
}
