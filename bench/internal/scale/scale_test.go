package scale

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
	"github.com/sojourn-dev/sojourn/bench/internal/measure"
)

func TestMain(m *testing.M) {
	isolate.Main(Jobs())
	os.Exit(m.Run())
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	ours, _ := app.Find(app.Ours)
	scs, _ := app.Find("scs")
	cookie, _ := app.Find("gorilla, cookie")
	s, err := Measure(t.Context(), Options{
		Libraries: []app.Library{cookie, ours, scs}, Sessions: []int{1000}, PeerSessions: 1 << 30, Window: 50 * time.Millisecond,
		Progress: func(string) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	body := s.Body.String()
	for _, want := range []string{"| **sojourn** | 1,000 |", "| scs | 1,000 | expiring |", "bytes a session, × the best peer's"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if strings.Contains(body, "gorilla, cookie") {
		t.Error("what does not expire was measured")
	}
	if len(s.Plots) != 2 {
		t.Errorf("%d plots", len(s.Plots))
	}
}

func TestTargets(t *testing.T) {
	delays := measure.Delays{P999: 10}
	small := Result{Sessions: 1000, Bytes: 200, Create: 100, Quiet: delays, Creating: delays, Expiring: measure.Delays{P999: 30}}
	large := Result{Sessions: 2000, Bytes: 220, Create: 120, Quiet: delays, Creating: delays, Expiring: delays}
	got := targets(map[string][]Result{
		app.Ours: {small, large},
		"a":      {{Bytes: 900}, {Bytes: 880}},
		"b":      {{Bytes: 100}, {Bytes: 440}},
	}).String()
	for _, want := range []string{
		"best peer's | ≤ 1 | 0.50 | met",
		"p99.9 while 1,000 sessions' worth expires, × quiet | ≤ 2 | 3 | **missed**",
		"p99.9 while 2,000 sessions' worth expires, × quiet | ≤ 2 | 1 | met",
		"bytes a session, 2,000 sessions to 1,000 | ≤ 1.15 | 1.10 | met",
		"time to create one, 2,000 sessions to 1,000 | ≤ 1.15 | 1.20 | **missed**",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Memory is that of the sessions: more than the id and the values are, and not
// that of what measures it.
func TestBytes(t *testing.T) {
	t.Parallel() // with what other processes do
	r, err := Run(Job{Library: app.Ours, Sessions: 20_000, Window: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if r.Bytes < 100 || r.Bytes > 1000 || r.Objects < 0.5 || r.Objects > 10 {
		t.Errorf("%v bytes and %v objects a session", r.Bytes, r.Objects)
	}
	if r.Quiet.Requests < 100 || r.Expiring.Requests < 1000 || r.Creating.Requests < 100 {
		t.Errorf("%d, %d and %d requests", r.Quiet.Requests, r.Expiring.Requests, r.Creating.Requests)
	}
}
