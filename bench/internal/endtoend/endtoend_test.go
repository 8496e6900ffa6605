package endtoend

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main(Jobs())
	os.Exit(m.Run())
}

// A small run: ours and Express with their stores of Redis.
func TestMeasure(t *testing.T) {
	t.Parallel()
	profiles := t.TempDir()
	s, err := Measure(t.Context(), Options{
		Engines: regexp.MustCompile("^redis$"), Contenders: regexp.MustCompile("^Express$"),
		Rounds: 1, Time: time.Second, Connections: 4, Sessions: 20, Profile: profiles,
		Progress: func(what string) { t.Log(what) },
	})
	if err != nil {
		t.Fatal(err)
	}
	page := s.Body.String()
	for _, want := range []string{
		"### Redis ", "× Express | ≥ 5 |", `\| \*\*sojourn\*\* \| read \| [1-9]`, `\| sojourn, cache \| read and write \| [1-9]`, `\| Express \| read \| [1-9]`,
		`\| \*\*sojourn\*\* \| Redis [^|]* \| [1-9][0-9.]* \| [1-9]`, `\| Express \| Redis [^|]* \| [1-9][0-9.]* \| [1-9]`,
	} {
		if !regexp.MustCompile(want).MatchString(page) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	for _, profile := range []string{"redis-sojourn", "redis-sojourn-cache"} {
		if info, err := os.Stat(filepath.Join(profiles, profile+".pprof")); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", profile, err)
		}
	}
}

// Answers that are errors make the measurement one.
func TestErrorsAreNotMeasured(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") == "a=bad" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	g, err := newGenerator(dir)
	if err != nil {
		t.Fatal(err)
	}
	cookies := filepath.Join(dir, "cookies")
	for _, test := range []struct{ list, err string }{
		{"a=good\na=better\n", ""},
		{"a=good\na=bad\n", "had an answer of 400 or above"},
	} {
		if err := os.WriteFile(cookies, []byte(test.list), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := g.run(t.Context(), server.URL+"/read", cookies, 2, time.Second)
		if test.err == "" && (err != nil || l.perSecond() <= 0 || l.P50 <= 0 || l.P99 < l.P50) {
			t.Errorf("%q: %+v, %v", test.list, l, err)
		}
		if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%q: %+v, %v", test.list, l, err)
		}
	}
	if _, err := g.run(t.Context(), server.URL, cookies, 2, time.Millisecond); err == nil {
		t.Error("wrk ran for a millisecond")
	}
	if _, err := g.run(t.Context(), server.URL, filepath.Join(dir, "none"), 2, time.Second); err == nil {
		t.Error("wrk ran without cookies")
	}
}

func TestParseLoad(t *testing.T) {
	t.Parallel()
	const rest = `"microseconds": 2000000, "p50": 3, "p99": 4, "connect": 0, "read": 0, "write": 0, "status": 0, `
	l, err := parseLoad("Running 1s test\n" + `{"requests": 50, ` + rest + `"timeout": 0}` + "\n")
	if err != nil || l.perSecond() != 25 || l.P50 != 3 || l.P99 != 4 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, output := range []string{
		"", "Running 1s test\n", `{"requests": `, `{"requests": 50, ` + rest + `"timeout": 1}`, `{"requests": 0, ` + rest + `"timeout": 0}`,
	} {
		if l, err := parseLoad(output); err == nil {
			t.Errorf("%q: %+v", output, l)
		}
	}
}

// What an application says when it cannot start is not lost.
func TestStartFails(t *testing.T) {
	t.Parallel()
	for _, c := range []contender{{name: "sojourn", library: "sojourn"}, {name: scs, library: scs}, {name: "none", library: "none"}, {name: express}} {
		if p, err := c.start(t.Context(), variant{engine: "etched stone"}); err == nil {
			t.Errorf("%s: %v", c.name, p.stop())
		} else if !strings.Contains(err.Error(), "exit status 1") || errors.Is(err, ErrNoExpress) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
