package mongostore

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ErrURL: a URL does not say where the database is. The text of the error says what
// is wrong with it, without repeating any of it.
var ErrURL = errors.New("invalid mongodb url")

const (
	// connectTimeout is how long making a connection may take where the context
	// and the URL allow more, and how long to look for a server that answers.
	connectTimeout = 5 * time.Second

	// silence is how long an operation may take whose context has no deadline.
	silence = time.Minute

	maxDatabase = 63
)

// ParseURL returns what [Open] gives to [Connect], for those who want to change it:
// the options of a client and the name of a database. The URL is
//
//	mongodb://user:password@host:27017,host:27017/database?replicaSet=rs0&tls=true
//	mongodb+srv://user:password@host/database
//
// All but a host and the database may be left out; where Node's driver takes the
// database "test" if none is named, this is an error. The options are those of
// MongoDB's connection strings. What would end a part is written as in any URL, such
// as %40 for @. A URL with mongodb+srv asks the DNS for the servers.
//
// Other than the driver's are these defaults: writes are not repeated
// (retryWrites=false), connections are made and servers found within five seconds
// (connectTimeoutMS, serverSelectionTimeoutMS), and an operation whose context has no
// deadline ends after a minute (timeoutMS).
//
// The error is [ErrURL].
func ParseURL(text string) (*options.ClientOptions, string, error) {
	o, database, err := parseURL(text)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrURL, err)
	}
	return o, database, nil
}

var (
	errScheme      = errors.New("it must begin with mongodb:// or mongodb+srv://")
	errEscape      = errors.New("it has a % that two hexadecimal digits do not follow, or a zero byte")
	errUser        = errors.New("the user and the password must not have any of : / ? # [ ] @ unless written with a %, such as %40 for @")
	errHost        = errors.New("it must name hosts, each as host or host:port, separated by commas")
	errPort        = errors.New("a port must be a number from 1 to 65535")
	errDatabase    = errors.New("it must name a database after the hosts, as in /app")
	errName        = errors.New(`a database has at most 63 bytes, none of them one of / \ . " $ or a space`)
	errFragment    = errors.New("it has a #, which is written as %23")
	errOption      = errors.New("it has an option that is not of the form name=value, or is there twice")
	errUnacked     = errors.New("w=0 waits for nothing, so that nobody would know what was stored")
	errRefused     = errors.New("the driver does not take it: an option has a value that it may not have, or that others forbid")
	errServersLost = errors.New("the DNS has no servers for its host, or the driver does not take an option")
)

// repeatable are the options that may be there more than once.
var repeatable = map[string]bool{"readpreferencetags": true}

func parseURL(text string) (*options.ClientOptions, string, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	srv := scheme == "mongodb+srv"
	if !ok || scheme != "mongodb" && !srv {
		return nil, "", errScheme
	}
	if strings.Contains(rest, "#") {
		return nil, "", errFragment
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if err := checkAuthority(authority, srv); err != nil {
		return nil, "", err
	}
	database, err := unescape(path)
	switch {
	case err != nil:
		return nil, "", err
	case database == "":
		return nil, "", errDatabase
	case len(database) > maxDatabase || strings.ContainsAny(database, "/\\. \"$"):
		return nil, "", errName
	}
	set, err := optionsIn(query)
	if err != nil {
		return nil, "", err
	}
	if set["w"] == "0" {
		return nil, "", errUnacked
	}
	o := options.Client().ApplyURI(text)
	if err := o.Validate(); err != nil { // its text may repeat a part
		if srv {
			return nil, "", errServersLost
		}
		return nil, "", errRefused
	}
	if _, ok := set["retrywrites"]; !ok {
		o.SetRetryWrites(false)
	}
	return withTimeouts(o), database, nil
}

// withTimeouts sets the timeouts that are not set.
func withTimeouts(o *options.ClientOptions) *options.ClientOptions {
	if o.ConnectTimeout == nil {
		o.SetConnectTimeout(connectTimeout)
	}
	if o.ServerSelectionTimeout == nil {
		o.SetServerSelectionTimeout(connectTimeout)
	}
	if o.Timeout == nil {
		o.SetTimeout(silence)
	}
	return o
}

// checkAuthority says what is wrong with users and hosts, which the driver would say
// by repeating them.
func checkAuthority(authority string, srv bool) error {
	at := strings.LastIndexByte(authority, '@')
	user, password, _ := strings.Cut(authority[:max(at, 0)], ":")
	for _, part := range []string{user, password} {
		if strings.ContainsAny(part, ":@[]") {
			return errUser
		}
		if _, err := unescape(part); err != nil {
			return err
		}
	}
	if at >= 0 && user == "" {
		return errUser
	}
	hosts := strings.Split(authority[at+1:], ",")
	if srv && (len(hosts) != 1 || strings.Contains(hosts[0], ":")) {
		return errHost
	}
	for _, host := range hosts {
		if err := checkHost(host); err != nil {
			return err
		}
	}
	return nil
}

// checkHost takes host, host:port, [address]:port, and the path of a Unix socket with
// its slashes escaped.
func checkHost(text string) error {
	text, err := unescape(text)
	if err != nil {
		return err
	}
	if strings.HasPrefix(text, "/") && strings.HasSuffix(text, ".sock") {
		return nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		if host, port, err = net.SplitHostPort(text + ":27017"); err != nil {
			return errHost
		}
	}
	if host == "" || strings.ContainsAny(host, "/@%,[]\\ \t\r\n") {
		return errHost
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errPort
	}
	return nil
}

// optionsIn returns the options of a query by their names in lower case.
func optionsIn(query string) (map[string]string, error) {
	set := map[string]string{}
	if query == "" {
		return set, nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		name = strings.ToLower(name)
		if _, twice := set[name]; !ok || name == "" || twice && !repeatable[name] {
			return nil, errOption
		}
		value, err := unescape(value)
		if err != nil {
			return nil, err
		}
		set[name] = value
	}
	return set, nil
}

func unescape(text string) (string, error) {
	s, err := url.PathUnescape(text)
	if err != nil || strings.ContainsRune(s, 0) {
		return "", errEscape // the other one repeats what is wrong
	}
	return s, nil
}
