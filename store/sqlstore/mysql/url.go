package mysql

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// ErrURL: a URL does not say where the database is. The text of the error says what
// is wrong with it, without repeating any of it.
var ErrURL = errors.New("invalid mysql url")

const (
	defaultPort = "3306"

	// connectTimeout is how long making a connection may take where the
	// context allows more.
	connectTimeout = 5 * time.Second

	// silence is how long a server may say nothing to an operation whose
	// context has no deadline. It waits for a lock for up to 50 seconds.
	silence = time.Minute
)

// ParseURL returns what [Open] gives to [Connect], for those who want to change it.
// The URL is
//
//	mysql://user:password@host:3306/database?tls=true
//
// All but the host and the database may be left out, and the host too where
// ?socket= has the path of a Unix socket. What would end a part is written as in
// any URL, such as %40 for @. The parameter tls is
//
//   - true: encrypted, and the server's certificate must be good for the host;
//   - skip-verify: encrypted, whoever the server is;
//   - preferred: like skip-verify if the server can, else in the clear;
//   - false: in the clear, as without the parameter.
//
// The error is [ErrURL].
func ParseURL(text string) (*driver.Config, error) {
	c, err := parseURL(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	return c, nil
}

var (
	errScheme   = errors.New("it must begin with mysql://")
	errEscape   = errors.New("it has a % that two hexadecimal digits do not follow")
	errHost     = errors.New("it must name a host, or host:port")
	errPort     = errors.New("a port must be a number from 1 to 65535")
	errDatabase = errors.New("it must name a database after the host, as in /app")
	errPath     = errors.New("there is more after the database")
	errOption   = errors.New("it takes the options tls and socket, each once")
	errTLS      = errors.New("tls must be true, skip-verify, preferred or false")
	errSocket   = errors.New("with a socket it takes neither a host nor tls, and the socket is an absolute path")
	errFragment = errors.New("it has a #, which is written as %23")
	errZero     = errors.New("it has a zero byte")
)

func parseURL(text string) (*driver.Config, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || !strings.EqualFold(scheme, "mysql") {
		return nil, errScheme
	}
	if strings.Contains(rest, "#") {
		return nil, errFragment
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	user, password := "", ""
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ = strings.Cut(authority[:at], ":")
		authority = authority[at+1:]
	}
	c := driver.NewConfig()
	for part, value := range map[*string]string{&c.User: user, &c.Passwd: password, &c.DBName: path} {
		var err error
		if *part, err = unescape(value); err != nil {
			return nil, err
		}
	}
	switch {
	case path == "":
		return nil, errDatabase
	case strings.Contains(path, "/"):
		return nil, errPath
	}
	if err := setAddress(c, authority, query); err != nil {
		return nil, err
	}
	c.Timeout, c.ReadTimeout, c.WriteTimeout = connectTimeout, silence, silence
	return c, nil
}

func unescape(text string) (string, error) {
	s, err := url.PathUnescape(text)
	if err != nil {
		return "", errEscape // the other one repeats what is wrong
	}
	if strings.ContainsRune(s, 0) {
		return "", errZero
	}
	return s, nil
}

// setAddress sets where the server is and how to speak to it.
func setAddress(c *driver.Config, authority, query string) error {
	options, err := parseQuery(query)
	if err != nil {
		return err
	}
	if path, ok := options["socket"]; ok {
		if _, secure := options["tls"]; secure || authority != "" || !strings.HasPrefix(path, "/") {
			return errSocket
		}
		c.Net, c.Addr = "unix", path
		return nil
	}
	host, port, err := net.SplitHostPort(authority)
	if err != nil {
		// Without a port, an IPv6 address stands in brackets as well.
		if host, port, err = net.SplitHostPort(authority + ":" + defaultPort); err != nil {
			return errHost
		}
	}
	if host == "" || strings.ContainsAny(host, "@%,[] \t\r\n\x00") {
		return errHost
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errPort
	}
	c.Net, c.Addr = "tcp", net.JoinHostPort(host, port)
	return setTLS(c, host, options["tls"])
}

func parseQuery(query string) (map[string]string, error) {
	options := make(map[string]string)
	if query == "" {
		return options, nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if _, twice := options[name]; twice || name != "tls" && name != "socket" {
			return nil, errOption
		}
		value, err := unescape(value)
		if err != nil {
			return nil, err
		}
		if value == "" {
			return nil, errOption
		}
		options[name] = value
	}
	return options, nil
}

func setTLS(c *driver.Config, host, mode string) error {
	switch mode {
	case "", "false":
		return nil
	case "true":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
		return nil
	case "skip-verify", "preferred":
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
		c.AllowFallbackToPlaintext = mode == "preferred"
		return nil
	}
	return errTLS
}
