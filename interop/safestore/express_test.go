package safestore_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

const (
	writes  = 20 // pairs of writes that overlap
	logouts = 50 // logouts while a request is under way
)

// TestExpressAlone counts what Express loses and brings back with connect-redis, and
// with safe-store around it.
func TestExpressAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		env          []string
		lost, undead int
		gone         int
	}{
		{"connect-redis", nil, writes, logouts, 0},
		{"connect-redis, resave", []string{"RESAVE=1"}, writes, logouts, 0},
		{"safe-store", []string{"SAFE=1"}, 0, 0, logouts},
		{"safe-store, resave", []string{"SAFE=1", "RESAVE=1"}, 0, 0, logouts},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			express := startExpress(t, redis, test.env...)
			lost, undead := 0, 0
			for i := range writes {
				cookie := express.get("", "/login")
				gate := fmt.Sprint("write", i)
				var wg sync.WaitGroup
				for _, k := range []string{"a", "b"} {
					wg.Go(func() { express.get(cookie, "/set?value=1&key="+k+"&gate="+gate) })
				}
				express.get("", "/held?n=2&gate="+gate)
				express.get("", "/open?gate="+gate)
				wg.Wait()
				if m := record(t, redis, cookie); m["a"] == nil || m["b"] == nil {
					lost++
				}
			}
			for i := range logouts {
				cookie := express.get("", "/login")
				gate := fmt.Sprint("logout", i)
				var wg sync.WaitGroup
				wg.Go(func() { express.get(cookie, "/set?key=a&value=1&gate="+gate) })
				express.get("", "/held?n=1&gate="+gate)
				express.get(cookie, "/logout")
				express.get("", "/open?gate="+gate)
				wg.Wait()
				if record(t, redis, cookie) != nil {
					undead++
				}
			}
			t.Logf("lost %d of %d writes, brought back %d of %d sessions", lost, writes, undead, logouts)
			if lost != test.lost || undead != test.undead {
				t.Errorf("want %d and %d", test.lost, test.undead)
			}
			if gone, _ := express.ask("", "/gone", http.StatusOK); gone != strconv.Itoa(test.gone) {
				t.Errorf("it has told of %s sessions that were gone, want %d", gone, test.gone)
			}
		})
	}
}

// TestCluster does one of each in a cluster.
func TestCluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t)
	express := startExpress(t, nodes[0], "SAFE=1", "CLUSTER=1")
	var wg sync.WaitGroup
	for i := range 8 { // in several slots
		cookie, gate := express.get("", "/login"), fmt.Sprint("gate", i)
		for _, k := range []string{"a", "b"} {
			wg.Go(func() { express.get(cookie, "/set?value=1&key="+k+"&gate="+gate) })
		}
		express.get("", "/held?n=2&gate="+gate)
		express.get("", "/open?gate="+gate)
		wg.Wait()
		if got, _ := express.ask(cookie, "/show", http.StatusOK); !strings.Contains(got, `"a":"1"`) || !strings.Contains(got, `"b":"1"`) {
			t.Errorf("after two writes there is %s", got)
		}
		wg.Go(func() { express.get(cookie, "/set?value=1&key=c&gate=late"+gate) })
		express.get("", "/held?n=1&gate=late"+gate)
		express.get(cookie, "/logout")
		express.get("", "/open?gate=late"+gate)
		wg.Wait()
		if got, _ := express.ask(cookie, "/show", http.StatusOK); strings.Contains(got, "alice") {
			t.Errorf("after the logout there is %s", got)
		}
	}
}
