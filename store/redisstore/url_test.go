package redisstore_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store/redisstore"
)

// Ensure that a URL says what it should.
func TestParseURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		addresses                []string
		user, password           string
		database                 int
		primary                  string
		sentinelUser, sentinelPW string
	}{
		"redis://localhost":                    {addresses: []string{"localhost:6379"}},
		"REDIS://10.0.0.1:7000/":               {addresses: []string{"10.0.0.1:7000"}},
		"redis://[::1]":                        {addresses: []string{"[::1]:6379"}},
		"redis://[::1]:7000/15":                {addresses: []string{"[::1]:7000"}, database: 15},
		"redis://:p%40ss@h":                    {addresses: []string{"h:6379"}, password: "p@ss"},
		"redis://us%3Aer:p%2Fa@ss@h":           {addresses: []string{"h:6379"}, user: "us:er", password: "p/a@ss"},
		"rediss://user:a+b@h/1":                {addresses: []string{"h:6379"}, user: "user", password: "a+b", database: 1},
		"redis-cluster://a,b:1,[::2]":          {addresses: []string{"a:6379", "b:1", "[::2]:6379"}},
		"rediss-cluster://u:p@a/0":             {addresses: []string{"a:6379"}, user: "u", password: "p"},
		"redis-sentinel://a,b:1/my%20main":     {addresses: []string{"a:26379", "b:1"}, primary: "my main"},
		"rediss-sentinel://:p@a/main/3":        {addresses: []string{"a:26379"}, password: "p", primary: "main", database: 3},
		"redis-sentinel://a/m?sentinel_user=u": {addresses: []string{"a:26379"}, primary: "m", sentinelUser: "u"},
		"redis-sentinel://a/m?sentinel_user=u&sentinel_password=p%26q": {
			addresses: []string{"a:26379"}, primary: "m", sentinelUser: "u", sentinelPW: "p&q"},
	}
	for url, want := range tests {
		o, err := redisstore.ParseURL(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if !slices.Equal(o.InitAddress, want.addresses) || o.Username != want.user || o.Password != want.password ||
			o.SelectDB != want.database || o.Sentinel.MasterSet != want.primary ||
			o.Sentinel.Username != want.sentinelUser || o.Sentinel.Password != want.sentinelPW ||
			(o.TLSConfig != nil) != strings.HasPrefix(url, "rediss") {
			t.Errorf("%s: %+v", url, o)
		}
	}
}

// Ensure that anything else is refused with a reason, which repeats nothing.
func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                 "must begin with",
		"secret":                           "must begin with",
		"http://secret":                    "must begin with",
		"redis:secret":                     "must begin with",
		"redisx://secret":                  "must begin with",
		"rediss-secret://h":                "must begin with",
		"redis://":                         "must name a host",
		"redis:///1":                       "must name a host",
		"redis://:secret@":                 "must name a host",
		"redis://::1":                      "must name a host",
		"redis://se cret":                  "must name a host",
		"redis-cluster://a,,secret":        "must name a host",
		"redis://a,secret":                 "several hosts",
		"redis://secret:0":                 "a port must be",
		"redis://secret:65536":             "a port must be",
		"redis://h:secret":                 "a port must be",
		"redis://h/secret":                 "the database must be",
		"redis://h/-1":                     "the database must be",
		"redis://h/1/secret":               "after the database",
		"redis://secret@h":                 "a user without a password",
		"redis://:secret%zz@h":             "a %",
		"redis://:secret#@h":               "a #",
		"redis-cluster://h/1":              "only the database 0",
		"redis-sentinel://h":               "must name the primary",
		"redis-sentinel://h/%zz":           "a %",
		"redis-sentinel://h/m?secret=1":    "takes options",
		"redis://h?sentinel_password=secr": "takes options",
	}
	for url, want := range tests {
		_, err := redisstore.ParseURL(url)
		if !errors.Is(err, redisstore.ErrURL) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secr") {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, url := range []string{
		"redis://u:p@h:1/2", "rediss://[::1]", "redis-cluster://a,b:1", "redis-sentinel://a/m/1?sentinel_user=u&sentinel_password=p",
		"redis://%", "redis://:@:", "redis-sentinel:///", "redis://[", "redis://a:1,b", "://",
	} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		o, err := redisstore.ParseURL(url)
		if err != nil {
			if !errors.Is(err, redisstore.ErrURL) || o.InitAddress != nil || o.Password != "" {
				t.Errorf("%q: %v with %+v", url, err, o)
			}
			return
		}
		if len(o.InitAddress) == 0 || slices.Contains(o.InitAddress, "") || o.SelectDB < 0 {
			t.Errorf("%q: %+v", url, o)
		}
		if o.ForceSingleClient && len(o.InitAddress) != 1 {
			t.Errorf("%q: %+v", url, o)
		}
	})
}
