package auth

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRateWaits(t *testing.T) {
	t.Parallel()
	r := Rate{Free: 5, Wait: time.Second, MaxWait: 15 * time.Minute}
	if err := r.check(); err != nil || r.most() != 15 {
		t.Errorf("check: %v, most: %d", err, r.most())
	}
	var got []time.Duration
	for n := range 17 {
		got = append(got, r.wait(n)/time.Second)
	}
	if want := []time.Duration{0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, r := range []Rate{{Free: 1, Wait: 1, MaxWait: 1<<63 - 1}, {Free: 1000, Wait: time.Hour, MaxWait: time.Hour}} {
		if n := r.most(); r.wait(n) != r.MaxWait || r.wait(n+1) != r.MaxWait || n > r.Free && r.wait(n-1) == r.MaxWait {
			t.Errorf("%+v: most is %d", r, n)
		}
	}
}

func TestDefaultRates(t *testing.T) {
	t.Parallel()
	usual := Rate{5, time.Second, 15 * time.Minute}
	for _, test := range []struct{ set, want [3]Rate }{
		{[3]Rate{}, [3]Rate{usual, {20, time.Second, time.Minute}, {20, time.Second, time.Minute}}},
		{[3]Rate{{Free: Unlimited}}, [3]Rate{{Free: Unlimited}, {Free: Unlimited}, {Free: Unlimited}}},
		{[3]Rate{{Free: 3, MaxWait: time.Millisecond}}, [3]Rate{
			{3, time.Millisecond, time.Millisecond}, {12, time.Millisecond, time.Millisecond}, {20, time.Second, time.Minute}}},
		{[3]Rate{{Free: Unlimited}, {Free: 1}, {Free: 2, Wait: time.Hour}}, [3]Rate{
			{Free: Unlimited}, {1, time.Second, time.Minute}, {2, time.Hour, time.Hour}}},
	} {
		o := Options{LoginRate: test.set[0], AddressRate: test.set[1], RegisterRate: test.set[2]}.withDefaultRates()
		for i, got := range []Rate{o.LoginRate, o.AddressRate, o.RegisterRate} {
			if want := test.want[i]; want.unlimited() != got.unlimited() || !got.unlimited() && got != want {
				t.Errorf("%+v: rate %d is %+v, want %+v", test.set, i, got, want)
			}
			if err := got.check(); err != nil {
				t.Errorf("%+v: %v", test.set, err)
			}
		}
	}
}

func testThrottle(rate Rate, states int) *throttle {
	t := newThrottle(Options{LoginRate: rate, AddressRate: rate, RegisterRate: rate}, 0)
	t.accounts = newCounter(rate, states)
	return t
}

// guess makes n failed tries, and returns how many were admitted.
func (t *throttle) guess(name string, n int) (admitted int) {
	for range n {
		y, err := t.begin(stateKey{}, place{t.accounts, t.key(name)})
		if err != nil {
			continue
		}
		admitted++
		y.end(failed)
	}
	return admitted
}

// Ensure that a flood of other names does not push out the state of an account
// that is under attack, and that memory stays bounded meanwhile.
func TestFloodOfNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const states = 100
		th := testThrottle(Rate{5, time.Second, 15 * time.Minute}, states)
		if got := th.guess("ada", 9); got != 5 {
			t.Fatalf("%d of 9 guesses were admitted", got)
		}
		for i := range 4 * states { // names with one failure each, then with four
			th.guess(strings.Repeat("x", i), 1)
		}
		for i := range 2 * states {
			th.guess(strings.Repeat("y", i), 4)
		}
		if got := len(th.accounts.states); got > states {
			t.Errorf("%d states are kept, at most %d should be", got, states)
		}
		if th.guess("ada", 1) != 0 {
			t.Error("the flood had the failures at an account forgotten")
		}
		time.Sleep(time.Hour)
		for range states {
			th.guess("eve", 1) // each takes two states along that say nothing
		}
		if got := len(th.accounts.states); got > 2 {
			t.Errorf("%d states are left of what should be forgotten", got)
		}
	})
}

// Ensure that whatever happens in whatever order the books are kept: against
// a model that looks at all states at each step.
func TestCounterBooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rate := Rate{3, time.Second, 10 * time.Second}
		th := testThrottle(rate, 8)
		random := rand.New(rand.NewPCG(1, 2))
		var under []*try
		for range 20000 {
			switch n := random.IntN(10); {
			case n < 4:
				name := strings.Repeat("n", random.IntN(20))
				if y, err := th.begin(th.key(name), place{th.accounts, th.key(name)}); err == nil {
					under = append(under, y)
				}
			case n < 9 && len(under) > 0:
				i := random.IntN(len(under))
				under[i].end(outcome(random.IntN(3)))
				under[i].end(failed) // once more is nothing
				under = slices.Delete(under, i, i+1)
			default:
				time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
			}
			th.accounts.audit(t, len(under))
		}
	})
}

func (c *counter) audit(t *testing.T, under int) {
	ranked, tries := 0, 0
	for i := range c.ranks {
		for e := c.ranks[i].Front(); e != nil; e = e.Next() {
			s := e.Value.(*state)
			ranked++
			if s.rank != i || s.ranked != e || s.tries != 0 || c.states[s.key] != s {
				t.Fatalf("a state in rank %d: %+v", i, s)
			}
		}
	}
	busy := 0
	for _, s := range c.states {
		tries += s.tries
		if s.tries > 0 {
			busy++
		}
		if len(s.failures) > c.most {
			t.Fatalf("%d failures are counted", len(s.failures))
		}
	}
	if ranked+busy != len(c.states) || tries != under || ranked > c.max {
		t.Fatalf("%d ranked and %d busy of %d states, %d tries of %d", ranked, busy, len(c.states), tries, under)
	}
}

// Ensure that keys of several parts cannot be made to look like others.
func TestKeys(t *testing.T) {
	t.Parallel()
	th := testThrottle(Rate{Free: Unlimited}, 1)
	seen := map[stateKey]bool{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"a", "b"}, {"ab"}, {"", "ab"}, {"ab", ""}, {"a", "", "b"}} {
		k := th.key(parts...)
		if seen[k] {
			t.Errorf("%q has the key of another", parts)
		}
		seen[k] = true
	}
	if testThrottle(Rate{Free: Unlimited}, 1).key("a") == th.key("a") {
		t.Error("keys can be computed beforehand")
	}
}
