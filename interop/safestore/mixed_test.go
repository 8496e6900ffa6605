package safestore_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

const (
	writers = 6 // on each side
	rounds  = 10
)

// storm has both sides load one session in many requests, and then all save at
// once, after what is to happen in between.
func storm(express, ours *side, held *gates, cookie, gate string, between func()) {
	var wg sync.WaitGroup
	for i := range writers {
		for name, s := range map[string]*side{"express": express, "go": ours} {
			wg.Go(func() { s.get(cookie, fmt.Sprintf("/set?value=1&key=%s%d&gate=%s", name, i, gate)) })
		}
	}
	express.get("", fmt.Sprintf("/held?n=%d&gate=%s", writers, gate))
	held.wait(gate, writers)
	between()
	close(held.gate(gate).open)
	express.get("", "/open?gate="+gate)
	wg.Wait()
}

// missing counts the writes of a storm that are not in the record.
func missing(t *testing.T, redis *redistest.Server, cookie string) (n int) {
	t.Helper()
	m := record(t, redis, cookie)
	for i := range writers {
		for _, name := range []string{"express", "go"} {
			if m[name+strconv.Itoa(i)] != "1" {
				n++
			}
		}
	}
	return n
}

// TestStorm has both sides write to one session at the same time. Nothing is lost
// with safe-store, and much without it.
func TestStorm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		env  string
		safe bool
	}{{"connect-redis", "SAFE=0", false}, {"safe-store", "SAFE=1", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			express := startExpress(t, redis, test.env)
			ours, held := startGo(t, redis)
			lost := 0
			for round := range rounds {
				cookie := express.get("", "/login")
				storm(express, ours, held, cookie, strconv.Itoa(round), func() {})
				lost += missing(t, redis, cookie)
			}
			t.Logf("lost %d of %d writes", lost, 2*writers*rounds)
			if test.safe != (lost == 0) {
				t.Error("want none with safe-store, and some without it")
			}
		})
	}
}

// TestLogoutInStorm has one of the sides log out while requests of both are under
// way. Their saves bring nothing back with safe-store, and do without it.
func TestLogoutInStorm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		env  string
		want int
	}{{"connect-redis", "SAFE=0", rounds}, {"safe-store", "SAFE=1", 0}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			express := startExpress(t, redis, test.env)
			ours, held := startGo(t, redis)
			undead := 0
			for round := range rounds {
				cookie := express.get("", "/login")
				storm(express, ours, held, cookie, strconv.Itoa(round), func() {
					if round%2 == 0 {
						ours.get(cookie, "/logout")
					} else {
						express.get(cookie, "/logout")
					}
				})
				if record(t, redis, cookie) != nil {
					undead++
				}
			}
			t.Logf("brought back %d of %d sessions", undead, rounds)
			if undead != test.want {
				t.Errorf("want %d", test.want)
			}
		})
	}
}

// TestFreeStorm holds nothing: requests of both sides write one after the other
// while one of them logs out some time. With safe-store the session is gone in the
// end, and whatever was written before the logout was there.
func TestFreeStorm(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	express := startExpress(t, redis, "SAFE=1")
	ours, _ := startGo(t, redis)
	for range rounds {
		cookie := express.get("", "/login")
		var before, after sync.WaitGroup
		for i := range writers {
			for name, s := range map[string]*side{"express": express, "go": ours} {
				path := fmt.Sprintf("/set?value=1&key=%s%d", name, i)
				before.Go(func() { s.get(cookie, path) })
			}
		}
		before.Wait()
		if n := missing(t, redis, cookie); n > 0 {
			t.Errorf("lost %d writes", n)
		}
		for i := range writers {
			for _, s := range []*side{express, ours} {
				after.Go(func() {
					s.ask(cookie, fmt.Sprintf("/set?value=2&key=late%d", i), http.StatusOK, http.StatusUnauthorized)
				})
			}
		}
		after.Go(func() { express.get(cookie, "/logout") })
		after.Wait()
		if record(t, redis, cookie) != nil {
			t.Error("the session is back")
		}
	}
}
