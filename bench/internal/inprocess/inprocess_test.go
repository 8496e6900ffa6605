package inprocess

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main(Jobs())
	os.Exit(m.Run())
}

// library returns some libraries, fast ones: all are tested in package app.
func libraries(t *testing.T, names ...string) (all []app.Library) {
	for _, name := range names {
		l, ok := app.Find(name)
		if !ok {
			t.Fatalf("no %q", name)
		}
		all = append(all, l)
	}
	return all
}

func options(t *testing.T, names ...string) Options {
	return Options{
		Libraries: libraries(t, names...), Rounds: 2, Time: time.Millisecond, Sessions: 100,
		Progress: func(string) {},
	}
}

func TestMeasure(t *testing.T) {
	s, err := Measure(t.Context(), options(t, "net/http", app.Floor, app.Ours, "fiber", "fiber, session"))
	if err != nil {
		t.Fatal(err)
	}
	body := s.Body.String()
	for _, want := range []string{
		"### Read one key\n", "### Create\n", "| **sojourn** |", "| fiber, session |", "| net/http |",
		"| read, × its floor | ≤ 1.50 |", "read, times as fast as fiber, session", "in-process-1.svg",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, "times as fast as scs") {
		t.Error("there is a target for what was not measured")
	}
}

func TestMeasureScaling(t *testing.T) {
	s, err := MeasureScaling(t.Context(), options(t, "net/http", app.Floor, app.Ours))
	if err != nil {
		t.Fatal(err)
	}
	if body := s.Body.String(); strings.Count(body, "| **sojourn** |") != 2 || strings.Count(body, "| floor |") != 2 || strings.Contains(body, "| net/http |") {
		t.Error(body)
	}
}

// What the round of each library needs is there: a library that answers with
// an error is not measured.
func TestRoundOfEach(t *testing.T) {
	for i, l := range app.Libraries() {
		samples, err := Run(Job{
			Library: l.Name, Operations: []int{0, 1, 2, 3, 4}, Procs: []int{1}, Sessions: i % 2 * 100, Time: 100 * time.Microsecond,
		})
		if err != nil {
			t.Error(err)
		}
		want := 0
		for _, op := range Operations {
			if l.Has(op.Route) {
				want++
			}
		}
		if len(samples) != want {
			t.Errorf("%s: %d samples, want %d", l.Name, len(samples), want)
		}
	}
}
