package overlap

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/engine"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main(Jobs())
	os.Exit(m.Run())
}

// What a barrier forces comes out the same each time. For the peers it shows
// that the trials find what they look for.
func TestForced(t *testing.T) {
	for library, want := range map[string][3]int{
		app.Ours:          {0, 0, 0},
		"scs":             {1, 1, 0},
		"scs, idle":       {1, 1, 1},
		"gorilla, memory": {1, 1, 0},
		"gorilla, cookie": {1, 1, 1},
		"gin, memory":     {1, 1, 0},
		"gin, cookie":     {1, 1, 1},
		"fiber, session":  {1, 1, 1},
		"iris, sessions":  {0, 0, 0},
		"icza":            {0, 0, 0},
		"go-session":      {0, 1, 0},
	} {
		t.Run(library, func(t *testing.T) {
			t.Parallel()
			for i, trial := range []string{ForcedUpdate, ForcedWrite, ForcedRead} {
				count, err := Run(Job{Library: library, Trial: trial})
				if err != nil {
					t.Fatal(err)
				}
				if count != (Count{1, want[i]}) {
					t.Errorf("%s: %+v, want %d", trial, count, want[i])
				}
			}
		})
	}
}

func TestOursUnderLoad(t *testing.T) {
	for trial := range trials {
		t.Run(trial, func(t *testing.T) {
			t.Parallel()
			count, err := Run(Job{Library: app.Ours, Trial: trial, Operations: 2000, Time: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			if count.Wrong != 0 || count.Operations == 0 {
				t.Errorf("%+v", count)
			}
		})
	}
}

// A library that loses updates is found to do so under load, in memory and on an
// engine, where ours loses none.
func TestLoadFindsLosses(t *testing.T) {
	t.Parallel()
	e, err := engine.Start(t.Context(), engine.Redis)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, trial := range []string{OwnKeys, Counter, AfterWrite} {
		for _, j := range []Job{
			{Library: "scs"},
			{Library: "scs", Engine: e.Name, URL: e.URL},
			{Library: app.Ours, Engine: e.Name, URL: e.URL},
		} {
			j.Trial, j.Operations, j.Time = trial, 640, time.Minute
			count, err := Run(j)
			if err != nil {
				t.Fatal(err)
			}
			if count.Operations != 640 || (count.Wrong != 0) != (j.Library == "scs") {
				t.Errorf("%s on %q, %s: %+v", j.Library, j.Engine, trial, count)
			}
		}
	}
}

// What is planned is what is asked for, however it is shared out.
func TestPlan(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 17, 80, 1_000_000} {
		sum, shared := 0, 0
		for _, operations := range plan(n) {
			sum += operations
			for i := range 7 {
				shared += share(operations, i, 7)
			}
		}
		if sum != n || shared != n {
			t.Errorf("%d, and %d shared out, want %d", sum, shared, n)
		}
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	ours, _ := app.Find(app.Ours)
	scs, _ := app.Find("scs")
	limits := Limits{Operations: 360, Ours: time.Minute, Peers: time.Minute}
	s, err := Measure(t.Context(), Options{
		Libraries: []app.Library{ours, scs}, Memory: limits, Progress: func(string) {},
		Engines: []Engine{{engine.Redis, limits}, {engine.SQLite, limits}},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := s.Body.String()
	for _, want := range []string{
		"| **sojourn** | 0 | 0 | 0 | 0 | 360 |", "| **sojourn** | no | no | no |",
		"| **sojourn** on Redis 7", " | 0 | 0 | 0 | 0 | 360 |", " | no | no | no |",
		"| scs on Redis 7", " | **yes** | **yes** | no |", "| **sojourn** on SQLite",
		"operations, memory | ≤ 0 | 0 | met |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Count(text, "| ≤ 0 | 0 | met |") != 3 || strings.Contains(text, "scs on SQLite") {
		t.Errorf("not three targets that are met, or too many rows, in\n%s", text)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, j := range []Job{
		{Library: app.Ours, Trial: "none"},
		{Library: "none", Trial: OwnKeys},
		{Library: "scs", Trial: OwnKeys, Engine: engine.MySQL},
		{Library: "gin, memory", Trial: OwnKeys, Engine: engine.Redis},
	} {
		if _, err := Run(j); err == nil {
			t.Errorf("%+v is tried", j)
		}
	}
}
