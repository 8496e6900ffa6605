package mysql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// Ensure that a URL says what it should.
func TestParseURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ network, address, user, password, database, tls string }{
		"mysql://localhost/app":                  {"tcp", "localhost:3306", "", "", "app", ""},
		"MySQL://u:p@10.0.0.1:7000/app":          {"tcp", "10.0.0.1:7000", "u", "p", "app", ""},
		"mysql://u@[::1]/app":                    {"tcp", "[::1]:3306", "u", "", "app", ""},
		"mysql://u:p@[::1]:7000/app?tls=false":   {"tcp", "[::1]:7000", "u", "p", "app", ""},
		"mysql://us%3Aer:p%2Fa@ss%3F%23@h/a%2Fb": {"tcp", "h:3306", "us:er", "p/a@ss?#", "a/b", ""},
		"mysql://:p+q:r@h/app?tls=true":          {"tcp", "h:3306", "", "p+q:r", "app", "h"},
		"mysql://h/app?tls=skip-verify":          {"tcp", "h:3306", "", "", "app", "any"},
		"mysql://h/app?tls=preferred":            {"tcp", "h:3306", "", "", "app", "any or none"},
		"mysql://u@/app?socket=/run/my%20sql.s":  {"unix", "/run/my sql.s", "u", "", "app", ""},
	}
	for url, want := range tests {
		c, err := mysql.ParseURL(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		tls := ""
		if c.TLS != nil {
			if tls = c.TLS.ServerName; c.TLS.InsecureSkipVerify {
				tls = "any"
			}
			if c.AllowFallbackToPlaintext {
				tls += " or none"
			}
		}
		if c.Net != want.network || c.Addr != want.address || c.User != want.user || c.Passwd != want.password || c.DBName != want.database || tls != want.tls {
			t.Errorf("%s: %s %s, %q:%q, %q, TLS %q", url, c.Net, c.Addr, c.User, c.Passwd, c.DBName, tls)
		}
		if c.AllowAllFiles || c.AllowCleartextPasswords || c.MultiStatements {
			t.Errorf("%s: %+v", url, c)
		}
	}
}

// Ensure that anything else is refused with a reason, which repeats nothing.
func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                    "must begin with",
		"secret":                              "must begin with",
		"http://secret":                       "must begin with",
		"mysql:secret":                        "must begin with",
		"mysql://":                            "a database",
		"mysql://secret":                      "a database",
		"mysql://secret/":                     "a database",
		"mysql:///secret":                     "name a host",
		"mysql://:secret@/app":                "name a host",
		"mysql://::1/secret":                  "name a host",
		"mysql://se cret/app":                 "name a host",
		"mysql://a,secret/app":                "name a host",
		"mysql://secret:0/app":                "a port must be",
		"mysql://h:secret/app":                "a port must be",
		"mysql://u:secr/et@h/app":             "more after the database",
		"mysql://h/app/secret":                "more after the database",
		"mysql://:secret%zz@h/app":            "a %",
		"mysql://h/secret%":                   "a %",
		"mysql://:secret#@h/app":              "a #",
		"mysql://:secret%00@h/app":            "zero byte",
		"mysql://h/app?secret=1":              "takes the options",
		"mysql://h/app?tls":                   "takes the options",
		"mysql://h/app?tls=true&tls=true":     "takes the options",
		"mysql://h/app?tls=secret":            "tls must be",
		"mysql://secret/app?socket=/s":        "with a socket",
		"mysql:///app?socket=secret":          "with a socket",
		"mysql:///app?socket=/secr&tls=true":  "with a socket",
		"mysql://h/app?socket=/secr%":         "a %",
		"mysql://h/app?allowAllFiles=secrets": "takes the options",
	}
	for url, want := range tests {
		c, err := mysql.ParseURL(url)
		if !errors.Is(err, mysql.ErrURL) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secr") || c != nil {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, url := range []string{
		"mysql://u:p@h:1/db", "mysql://[::1]/db?tls=true", "mysql:///db?socket=/s", "mysql://%/", "mysql://:@:/", "mysql://[/a", "://",
		"mysql://h/db?tls=preferred&socket=",
	} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		c, err := mysql.ParseURL(url)
		if err != nil {
			if !errors.Is(err, mysql.ErrURL) || c != nil || len(err.Error()) > 150 {
				t.Errorf("%q: %v with %+v", url, err, c)
			}
			return
		}
		if c.Addr == "" || c.DBName == "" || c.Net != "tcp" && c.Net != "unix" || c.Timeout == 0 || c.Params != nil {
			t.Errorf("%q: %+v", url, c)
		}
	})
}
