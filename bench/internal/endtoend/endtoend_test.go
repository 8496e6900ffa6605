package endtoend

import (
	"os"
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

// A small run, in memory.
func TestMeasure(t *testing.T) {
	s, err := Measure(t.Context(), Options{
		Engines: regexp.MustCompile("^memory$"), Rounds: 1, Time: time.Second, Connections: 4, Sessions: 20, Profile: os.Getenv("PROFILE"),
		Progress: func(what string) { t.Log(what) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Body.String())
	for _, want := range []string{"### In memory", "| **sojourn** | read |", "| Express | read and write |"} {
		if !strings.Contains(s.Body.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}
