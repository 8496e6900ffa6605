package twins_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
)

// What happens when requests of both sides overlap, each way round: one is held
// in its handler after it has loaded the session, the other begins and ends
// meanwhile.

// A slow request of ours never loses or undoes what Express has done meanwhile.
func overlapSlowGo(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	for _, tt := range []struct {
		name  string
		quick []step // of Express
		slow  []step // of ours, after it was held
		want  []check
		gone  bool // the session stays ended
	}{
		{
			name: "different keys", quick: []step{set("e", 1)}, slow: []step{set("g", 1)},
			want: []check{{"e", "1"}, {"g", "1"}, {"n", "1"}, {"old", `"x"`}},
		},
		{
			name: "one key, set", quick: []step{set("k", "Express")}, slow: []step{set("k", "Go")},
			want: []check{{"k", `"Go"`}, {"n", "1"}},
		},
		{
			name: "one key, counted", quick: []step{add("n", 10)}, slow: []step{add("n", 100)},
			want: []check{{"n", "111"}},
		},
		{
			name: "deleted and set", quick: []step{del("old"), set("e", 1)}, slow: []step{set("g", 1)},
			want: []check{{"old", "undefined"}, {"e", "1"}, {"g", "1"}},
		},
		{
			name: "set and deleted", quick: []step{set("old", "y"), set("e", 1)}, slow: []step{del("old")},
			want: []check{{"old", "undefined"}, {"e", "1"}},
		},
		{
			name: "only read", quick: []step{set("e", 1)}, slow: []step{get("n")},
			want: []check{{"e", "1"}, {"n", "1"}},
		},
		{
			name: "ended, changed", quick: []step{verb("destroy")}, slow: []step{set("g", 1)},
			gone: true,
		},
		{
			name: "ended, read", quick: []step{verb("destroy")}, slow: []step{get("n")},
			gone: true,
		},
		{
			name: "regenerated, changed", quick: []step{verb("regenerate"), set("new", 1)}, slow: []step{set("g", 1)},
			gone: true,
		},
	} {
		b := newBrowser(t)
		b.do(express, set("n", 1), set("old", "x"))
		cookie := b.cookie()
		slow, old := b.with(cookie), b.with(cookie)
		gone := ours.gone.Load()
		wait := slow.start(ours, append([]step{get("n"), hold(tt.name)}, tt.slow...)...)
		ours.reached(t, tt.name)
		b.do(express, tt.quick...)
		ours.open(t, tt.name)
		a, err := wait()
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, ok := p.get(t, old.id()); ok == tt.gone {
			t.Errorf("%s: the record is there: %t", tt.name, ok)
		}
		if tt.gone {
			if a.setCookie != "" {
				t.Errorf("%s: the slow request sends a cookie", tt.name)
			}
			// A touch is sent only if it would extend the session, which the
			// last one of Express may have rounded up to the next second.
			if ours.gone.Load() == gone && tt.name != "ended, read" {
				t.Errorf("%s: nobody is told that the session is gone", tt.name)
			}
			continue
		}
		for _, s := range []side{ours, express} {
			old.sees(s, tt.want...)
		}
	}
}

// A slow request of Express that changes the session writes what it has loaded
// over everything that ours have done meanwhile, be it a change, a logout or a new
// id. One that changes nothing does no harm. This is what docs/express.md says
// that Express does to a shared session.
func overlapSlowExpress(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	const before = `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"n":1`
	for _, tt := range []struct {
		name   string
		quick  []step // of ours
		slow   []step // of Express, after it was held
		record string // under the id of before; "" is none
	}{
		{"different keys", []step{set("g", "Go")}, []step{set("e", "Express")}, before + `,"e":"Express"}`}, // g is lost
		{"one key, set", []step{set("k", "Go")}, []step{set("k", "Express")}, before + `,"k":"Express"}`},
		{"one key, counted", []step{add("n", 100)}, []step{add("n", 10)}, before[:len(before)-1] + `11}`}, // 100 are lost
		{"only read", []step{set("g", 1)}, []step{get("n")}, before + `,"g":1}`},
		{"set to what it was", []step{set("g", 1)}, []step{set("n", 1)}, before + `,"g":1}`},
		{"ended, changed", []step{verb("destroy")}, []step{set("e", 1)}, before + `,"e":1}`}, // back from the dead
		{"ended, read", []step{verb("destroy")}, []step{get("n")}, ""},
		{"regenerated, changed", []step{verb("regenerate"), set("new", 1)}, []step{set("e", 1)}, before + `,"e":1}`},
		{"regenerated, read", []step{verb("regenerate"), set("new", 1)}, []step{get("n")}, ""},
	} {
		b := newBrowser(t)
		b.do(ours, set("n", 1))
		slow := b.with(b.cookie())
		old := b.id()
		wait := slow.start(express, append([]step{get("n"), hold(tt.name)}, tt.slow...)...)
		express.reached(t, tt.name)
		b.do(ours, tt.quick...)
		express.open(t, tt.name)
		if _, err := wait(); err != nil && !(p.touchReportsGone && tt.record == "") {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if r, _ := p.get(t, old); r.data != tt.record {
			t.Errorf("%s: the record is\n%q, not\n%q", tt.name, r.data, tt.record)
		}
		if b.id() != "" && b.id() != old { // a new id has nothing to do with all that
			b.sees(express, exactly("new", "1"), exactly("e", "undefined"))
			b.sees(ours, exactly("new", "1"), exactly("e", "undefined"))
		}
	}
}

// Requests of ours lose nothing of each other's, of however many there are at
// once, and nothing of Express's: also while Express only reads, and when it writes
// in between.
func crowd(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	b := newBrowser(t)
	b.do(express, set("login", "ann"))
	const workers, rounds = 4, 6
	var turns sync.RWMutex // many of ours, or one of Express
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			own := string(rune('a' + i))
			for n := range rounds {
				turns.RLock()
				mustTry(t, b, ours, add(own, 1), add("shared", 1), set(own+"last", n))
				turns.RUnlock()
				// Express touches, whoever is writing.
				mustTry(t, b, express, get("login"))
			}
		})
	}
	all.Go(func() {
		for range rounds {
			turns.Lock()
			mustTry(t, b, express, add("express", 1), add("shared", 1))
			turns.Unlock()
		}
	})
	all.Wait()
	checks := []check{{"login", `"ann"`}, {"express", fmt.Sprint(rounds)}, {"shared", fmt.Sprint((workers + 1) * rounds)}}
	for i := range workers {
		own := string(rune('a' + i))
		checks = append(checks, check{own, fmt.Sprint(rounds)}, check{own + "last", fmt.Sprint(rounds - 1)})
	}
	b.sees(express, checks...)
	b.sees(ours, checks...)
}

// When both sides write at any time, what is lost is lost to Express: nothing of
// Express's own, for ours save over what they have read only, and of ours what was
// stored while a request of Express was between its load and its save. How much
// that is depends on the moment, and is logged.
func crowdWithoutTurns(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	const workers, rounds = 3, 8
	// All keys are there from the start: FerretDB takes documents that differ in
	// their names only for equal, and does not write them.
	b := newBrowser(t)
	b.do(express, set("login", "ann"), set("express", 0))
	for i := range workers {
		b.do(express, set(string(rune('a'+i)), 0))
	}
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for range rounds {
				mustTry(t, b, ours, add(string(rune('a'+i)), 1))
			}
		})
	}
	all.Go(func() { // one after the other, or Express would lose its own as well
		for range rounds {
			mustTry(t, b, express, add("express", 1))
		}
	})
	all.Wait()
	b.sees(ours, exactly("login", `"ann"`), exactly("express", fmt.Sprint(rounds)))
	kept := 0
	for i := range workers {
		var n int
		text := b.do(ours, get(string(rune('a'+i)))).out(0)
		if err := json.Unmarshal([]byte(text), &n); err != nil || n > rounds {
			t.Errorf("%s after %d times: %v", text, rounds, err)
		}
		kept += n
	}
	t.Logf("Express has written %d times and lost %d of the %d writes of ours", rounds, workers*rounds-kept, workers*rounds)

	// From here on nobody but ours writes, and nothing is lost.
	for range workers {
		all.Go(func() { mustTry(t, b, ours, add("after", 1)) })
	}
	all.Wait()
	b.sees(express, exactly("after", fmt.Sprint(workers)))
}

// mustTry is do for goroutines.
func mustTry(t *testing.T, b *browser, s side, steps ...step) {
	t.Helper()
	if _, err := b.try(s, "/steps", steps); err != nil {
		t.Errorf("%v: %v", s, err)
	}
}
