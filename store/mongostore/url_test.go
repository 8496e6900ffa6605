package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/mongostore"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, hosts, user, password, database string
		retry                                bool
	}{
		{url: "mongodb://db/app", hosts: "db", database: "app"},
		{url: "mongodb://ada:p%40ss%3Aw%2Frd@a:27018,b/my%2Dapp?replicaSet=rs0&authSource=admin", hosts: "a:27018 b",
			user: "ada", password: "p@ss:w/rd", database: "my-app"},
		{url: "mongodb://[::1]:1/app?retryWrites=true", hosts: "[::1]:1", database: "app", retry: true},
		{url: "mongodb://db/app?readPreferenceTags=a:b&readPreferenceTags=&readPreference=secondary", hosts: "db", database: "app"},
		{url: "mongodb://%2Frun%2Fmongodb-27017.sock/app", hosts: "/run/mongodb-27017.sock", database: "app"},
	} {
		o, database, err := mongostore.ParseURL(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		user, password := "", ""
		if o.Auth != nil {
			user, password = o.Auth.Username, o.Auth.Password
		}
		if hosts := strings.Join(o.Hosts, " "); hosts != c.hosts || user != c.user || password != c.password || database != c.database || *o.RetryWrites != c.retry {
			t.Errorf("%s: %s, %q:%q, %s, retries %t", c.url, hosts, user, password, database, *o.RetryWrites)
		}
		if *o.Timeout != time.Minute || *o.ConnectTimeout != 5*time.Second || *o.ServerSelectionTimeout != 5*time.Second {
			t.Errorf("%s: timeouts %v, %v, %v", c.url, *o.Timeout, *o.ConnectTimeout, *o.ServerSelectionTimeout)
		}
	}
	o, _, err := mongostore.ParseURL("mongodb://db/app?timeoutMS=1&connectTimeoutMS=2&serverSelectionTimeoutMS=3")
	if err != nil || *o.Timeout != time.Millisecond || *o.ConnectTimeout != 2*time.Millisecond || *o.ServerSelectionTimeout != 3*time.Millisecond {
		t.Errorf("timeouts of the URL: %v", err)
	}
}

// refused are URLs that say nothing useful, each with a word of the reason.
var refused = map[string]string{
	"":                                    "mongodb://",
	"hunter2":                             "mongodb://",
	"redis://hunter2@db/app":              "mongodb://",
	"mongodb://db":                        "database",
	"mongodb://db/":                       "database",
	"mongodb://db/?hunter2=1":             "database",
	"mongodb://db/a.b":                    "at most 63",
	"mongodb://db/a/b":                    "at most 63",
	"mongodb:///app":                      "name hosts",
	"mongodb://ada:hunter2@/app":          "name hosts",
	"mongodb://ada:hunter2@db:0/app":      "port",
	"mongodb://ada:hunter2@db:x/app":      "port",
	"mongodb://ada:hunter2@db,,b/app":     "name hosts",
	"mongodb://:hunter2@db/app":           "user",
	"mongodb://ada:hun@ter2@db/app":       "user",
	"mongodb://ada:hun:ter2@db/app":       "user",
	"mongodb://ada:hunter2%@db/app":       "hexadecimal",
	"mongodb://ada:hun/ter2@db/app":       "port",
	"mongodb://ada:hunter2#@db/app":       "%23",
	"mongodb://db/app?w=0":                "w=0",
	"mongodb://db/app?hunter2":            "option",
	"mongodb://db/app?w=1&w=hunter2":      "option",
	"mongodb://db/app?tls=hunter2":        "driver",
	"mongodb://db/app?maxPoolSize=hunter": "driver",
	"mongodb+srv://a,b/app":               "name hosts",
	"mongodb+srv://a:1/app":               "name hosts",
}

// Ensure that what is wrong is said without a part of the URL.
func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	for url, reason := range refused {
		_, _, err := mongostore.ParseURL(url)
		if !errors.Is(err, mongostore.ErrURL) || !strings.Contains(err.Error(), reason) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v, want %q", url, err, reason)
		}
		if _, err := mongostore.Open(context.Background(), url, mongostore.Options{}); !errors.Is(err, mongostore.ErrURL) ||
			!strings.HasPrefix(err.Error(), "mongostore: open: ") {
			t.Errorf("open %s: %v", url, err)
		}
	}
}

// Ensure that a URL is understood or refused with ErrURL, whatever it is. Those that
// ask the DNS are left out.
func FuzzParseURL(f *testing.F) {
	for url := range refused {
		f.Add(url)
	}
	f.Add("mongodb://ada:p%40ss@a:27018,b/app?replicaSet=rs0&tls=true")
	f.Add("mongodb://[::1]/app?readPreference=secondary&maxStalenessSeconds=90")
	f.Fuzz(func(t *testing.T, url string) {
		if strings.Contains(url, "+srv") || strings.Contains(strings.ToLower(url), "file") {
			t.Skip()
		}
		o, database, err := mongostore.ParseURL(url)
		switch {
		case err != nil && !errors.Is(err, mongostore.ErrURL):
			t.Errorf("%v", err)
		case err == nil && (database == "" || len(o.Hosts) == 0 || o.Timeout == nil):
			t.Errorf("%q, %v", database, o.Hosts)
		}
	})
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]mongostore.Options{
		"dollar":   {Collection: "a$b"},
		"zero":     {Collection: "a\x00b"},
		"system":   {Collection: "system.users"},
		"long":     {Collection: strings.Repeat("x", 200)},
		"not text": {Collection: "\xff"},
		"interval": {SweepInterval: -1},
		"both":     {Documents: true, Crypto: nothing{}},
	} {
		if s, err := mongostore.Open(t.Context(), "mongodb://127.0.0.1:1/app", o); err == nil || !strings.Contains(err.Error(), "Options.") {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

type nothing struct{}

func (nothing) Seal(text string) (string, error) { return text, nil }
func (nothing) Open(text string) (string, error) { return text, nil }
