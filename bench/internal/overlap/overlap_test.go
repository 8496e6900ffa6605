package overlap

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

// A library that loses updates is found to do so under load.
func TestLoadFindsLosses(t *testing.T) {
	for _, trial := range []string{OwnKeys, Counter, AfterWrite} {
		count, err := Run(Job{Library: "scs", Trial: trial, Operations: 2000, Time: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if count.Wrong == 0 {
			t.Errorf("%s: %+v", trial, count)
		}
	}
}

func TestMeasure(t *testing.T) {
	ours, _ := app.Find(app.Ours)
	s, err := Measure(t.Context(), Options{
		Libraries: []app.Library{ours}, Operations: 800, Time: time.Minute, Progress: func(string) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| **sojourn** | 0 | 0 | 0 | 0 | 1,800 |", "| **sojourn** | no | no | no |", "| met |"} {
		if !strings.Contains(s.Body.String(), want) {
			t.Errorf("no %q in\n%s", want, s.Body.String())
		}
	}
}
