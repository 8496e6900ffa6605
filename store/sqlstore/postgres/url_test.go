package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
)

// Ensure that what is wrong with a URL or a server is said without the password.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	good := shared.Database(t)
	_, host, _ := strings.Cut(good, "@")
	for name, c := range map[string]struct {
		url, want string
		o         postgres.Options
	}{
		"empty":             {url: "", want: "no URL"},
		"other scheme":      {url: "mysql://u:hunter2@h/d", want: "no URL"},
		"key and value":     {url: "host=h password=hunter2", want: "no URL"},
		"escape":            {url: "postgres://u:hunter2%zz@h/d", want: "no URL"},
		"number sign":       {url: "postgres://u:a#hunter2@h/d", want: "no URL"},
		"port":              {url: "postgres://u:hunter2@h:x/d", want: "no URL"},
		"sslmode":           {url: "postgres://u:hunter2@h/d?sslmode=x", want: "sslmode"},
		"sslmode, query":    {url: "postgres://u@h/d?sslmode=x&password=hunter2", want: "sslmode"},
		"pool":              {url: "postgres://u:hunter2@h/d?pool_max_conns=x", want: "pool_max_conns"},
		"way to execute":    {url: "postgres://u:hunter2@h/d?default_query_exec_mode=x", want: "default_query_exec_mode"},
		"wrong password":    {url: "postgres://postgres:hunter2@" + host, want: "password authentication failed"},
		"no database":       {url: strings.Replace(good, "/test", "/none", 1), want: "does not exist"},
		"no server":         {url: "postgres://u:hunter2@127.0.0.1:1/d", want: "connect"},
		"no table":          {url: good, want: `relation "session" does not exist`},
		"no schema":         {url: good, want: `schema "none" does not exist`, o: postgres.Options{Schema: "none", CreateTables: true}},
		"long table":        {url: good, want: "Options.Table is 53 bytes", o: postgres.Options{Table: strings.Repeat("x", 53)}},
		"zero byte":         {url: good, want: "Options.DataColumn is not", o: postgres.Options{DataColumn: "a\x00"}},
		"same columns":      {url: good, want: "same name", o: postgres.Options{DataColumn: "sid"}},
		"zone":              {url: good, want: "Options.TimeZone", o: postgres.Options{TimeZone: "UTC'"}},
		"unknown zone":      {url: good, want: `time zone "none" not recognized`, o: postgres.Options{TimeZone: "none", Table: "another", CreateTables: true}},
		"negative interval": {url: good, want: "SweepInterval", o: postgres.Options{SweepInterval: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := postgres.Open(within(t, patience), c.url, c.o)
			if err == nil {
				s.Close()
				t.Fatal("no error")
			}
			if text := err.Error(); !strings.Contains(text, c.want) || strings.Contains(text, "hunter2") || !strings.HasPrefix(text, "postgres: ") {
				t.Errorf("%v, want something with %q", err, c.want)
			}
		})
	}
}

// Ensure that a server that does not answer does not occupy the pool for long,
// unless the URL says so, and that the pool has as many connections as it is to.
func TestParseURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]time.Duration{
		"postgres://h/d":                      5 * time.Second,
		"postgresql://h/d?connect_timeout=20": 20 * time.Second,
	} {
		config, err := postgres.ParseURL(url)
		if err != nil || config.ConnConfig.ConnectTimeout != want {
			t.Errorf("%s: %v, %v, want %v", url, config.ConnConfig.ConnectTimeout, err, want)
		}
	}
	for url, want := range map[string]int32{
		"postgres://h/d":                  20,
		"postgres://h/d?pool_max_conns=3": 3,
	} {
		if config, err := postgres.ParseURL(url); err != nil || config.MaxConns != want {
			t.Errorf("%s: %d connections, %v, want %d", url, config.MaxConns, err, want)
		}
	}
}
