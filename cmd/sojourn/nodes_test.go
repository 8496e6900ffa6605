package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Two processes on one store keep every promise that one of them makes: no
// increment is lost, nothing is alive after its end was acknowledged, and nobody
// sees anything of another's, in 20,000 requests of 200 users.
func TestTwoNodesOnSQLite(t *testing.T) {
	t.Parallel()
	testTwoNodes(t, manyMembers)
}

func TestTwoNodesOnRedis(t *testing.T) {
	t.Parallel()
	testTwoNodes(t, manyMembers, "--store", redistest.Start(t).URL(0))
}

func TestTwoNodesOnPostgres(t *testing.T) {
	t.Parallel()
	testTwoNodes(t, manyMembers, "--store", cluster.Database(t))
}

func TestTwoNodesOnMySQL(t *testing.T) {
	t.Parallel()
	testTwoNodes(t, manyMembers, "--store", mariaDB.Database(t))
}

func TestTwoNodesOnMongoDB(t *testing.T) {
	t.Parallel()
	// The server of the tests executes one command at a time.
	testTwoNodes(t, manyMembers/20, "--store", mongotest.Start(t).URL())
}

// A cache keeps nobody alive for longer than Redis takes to tell of an end, nor
// does what a node has ended itself come back on it.
func TestCachedRedis(t *testing.T) {
	t.Parallel()
	args := []string{"--data", t.TempDir(), "--store", redistest.Start(t).URL(0), "--redis-cache"}
	one, other := start(t, nil, args...), start(t, nil, args...)
	ada, thief := newBrowser(t), newBrowser(t)
	ada.enter(one, "/register", "Ada")
	thief.enter(other, "/login", "Ada")
	if !thief.greeted(other, "Ada") || !thief.greeted(one, "Ada") { // both have it in their caches
		t.Fatal("not logged in")
	}
	if status := ada.post(one, "/sessions/end-others"); status != http.StatusSeeOther {
		t.Fatalf("ending others: %d", status)
	}
	if thief.greeted(one, "Ada") {
		t.Error("the node that has ended it still knows it")
	}
	for deadline := time.Now().Add(10 * time.Second); thief.greeted(other, "Ada"); {
		if time.Now().After(deadline) {
			t.Fatal("the other node still knows it")
		}
	}
}

const (
	manyMembers   = 200
	leastRequests = 100 // of each member
	atOnce        = 12  // members at work
	visitsAtOnce  = 6   // of one browser
)

// testTwoNodes starts two programs with the same data and further arguments, for so
// many members. What
// is to be shown is what they do, not how fast: a machine with other work to do
// may take longer than people would wait.
func testTwoNodes(t *testing.T, members int, args ...string) {
	t.Helper()
	data := t.TempDir()
	args = append([]string{"--data", data, "--password-cost", "4", "--login-rate", "off", "--log-level", "warn", "--store-timeout", "25s"}, args...)
	c := &crowd{t: t, nodes: []*process{start(t, nil, args...), start(t, nil, args...)}}
	c.transport = &http.Transport{MaxIdleConnsPerHost: 2 * atOnce * visitsAtOnce}
	t.Cleanup(c.transport.CloseIdleConnections)
	begin := time.Now()
	var workers sync.WaitGroup
	for w := range atOnce {
		workers.Go(func() {
			for i := w; i < members && !t.Failed(); i += atOnce {
				c.member(fmt.Sprintf("member %d", i))
			}
		})
	}
	workers.Wait()
	n := c.requests.Load()
	t.Logf("%d requests in %v", n, time.Since(begin).Round(time.Millisecond))
	if least := int64(members * leastRequests); n < least && !t.Failed() {
		t.Errorf("only %d requests, want %d", n, least)
	}
	for _, p := range c.nodes {
		if p.stderr.String() != "" {
			t.Errorf("a node complains: %.2000s", p.stderr)
		}
	}
}

// crowd is many members on two nodes.
type crowd struct {
	t         *testing.T
	nodes     []*process
	transport *http.Transport
	requests  atomic.Int64
}

// member is one browser of somebody.
type member struct {
	c    *crowd
	name string
	http.Client
}

func (c *crowd) browser(name string) *member {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err)
	}
	return &member{c: c, name: name, Client: http.Client{Jar: jar, Transport: c.transport, Timeout: time.Minute}}
}

// call makes a request to a node and returns its status and what it answers. If
// somebody is logged in, it must be the member.
func (m *member) call(node int, method, path string, body any) (status, views int) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	r, err := http.NewRequest(method, m.c.nodes[node].base+path, bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	m.c.requests.Add(1)
	resp, err := m.Do(r)
	if err != nil {
		m.c.t.Errorf("%s: %s %s: %v", m.name, method, path, err)
		return 0, 0
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	if err != nil {
		m.c.t.Errorf("%s: %s %s: %v", m.name, method, path, err)
	}
	var answer struct {
		Data struct {
			Username string
			Views    int
		}
	}
	_ = json.Unmarshal(text, &answer) // a list of sessions is no such thing
	if answer.Data.Username != "" && answer.Data.Username != m.name {
		m.c.t.Errorf("%s sees what is %s's", m.name, answer.Data.Username)
	}
	return resp.StatusCode, answer.Data.Views
}

func (m *member) expect(node int, method, path string, body any, status int) {
	m.c.t.Helper()
	if got, _ := m.call(node, method, path, body); got != status {
		m.c.t.Errorf("%s: %s %s: %d, want %d", m.name, method, path, got, status)
	}
}

type credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// visits opens the dashboard n times, on both nodes at once, and returns how
// often it was shown.
func (m *member) visits(n int) (shown int) {
	var all sync.WaitGroup
	var count atomic.Int64
	for worker := range visitsAtOnce {
		all.Go(func() {
			for i := worker; i < n; i += visitsAtOnce {
				switch status, _ := m.call(i%2, http.MethodGet, "/dashboard", nil); status {
				case http.StatusOK:
					count.Add(1)
				case http.StatusUnauthorized:
				default:
					m.c.t.Errorf("%s: the dashboard answers %d", m.name, status)
				}
			}
		})
	}
	all.Wait()
	return int(count.Load())
}

// views returns what the next visit counts as, less one.
func (m *member) views(node int) int {
	_, n := m.call(node, http.MethodGet, "/dashboard", nil)
	return n - 1
}

// stolen returns another browser with the same cookies, as they are now.
func (m *member) stolen() *member {
	thief := m.c.browser(m.name)
	u, err := url.Parse(m.c.nodes[0].base)
	if err != nil {
		panic(err)
	}
	thief.Jar.SetCookies(u, m.Jar.Cookies(u))
	return thief
}

// dead checks that a browser is logged in on no node, now and for good.
func (m *member) dead(why string) {
	m.c.t.Helper()
	for node := range m.c.nodes {
		if status, _ := m.call(node, http.MethodGet, "/dashboard", nil); status != http.StatusUnauthorized {
			m.c.t.Errorf("%s: after %s node %d answers %d", m.name, why, node, status)
		}
	}
}

// during does something while a browser keeps visiting on both nodes, and waits
// for the last of the visits.
func (m *member) during(visitor *member, do func()) {
	var visiting sync.WaitGroup
	visiting.Go(func() { visitor.visits(2 * visitsAtOnce) })
	do()
	visiting.Wait()
}

// member goes through the life of an account.
func (c *crowd) member(name string) {
	const first, second = "first correct horse", "second correct horse"
	a, b := c.browser(name), c.browser(name)
	a.expect(0, "POST", "/register", credentials{name, first}, http.StatusCreated)

	shown := a.visits(28)
	if got := a.views(1); got != shown || shown != 28 {
		c.t.Errorf("%s: %d visits were shown, %d counted", name, shown, got)
	}

	b.expect(1, "POST", "/login", credentials{name, first}, http.StatusOK)
	var both sync.WaitGroup
	both.Go(func() { a.visits(9) })
	both.Go(func() { b.visits(9) })
	both.Wait()
	if got := a.views(0); got != 28+1+9 {
		c.t.Errorf("%s: the first browser has counted %d visits", name, got)
	}
	if got := b.views(0); got != 9 {
		c.t.Errorf("%s: the second browser has counted %d visits", name, got)
	}

	a.during(b, func() { a.expect(0, "POST", "/sessions/end-others", nil, http.StatusOK) })
	b.dead("ending all others")

	b.expect(0, "POST", "/login", credentials{name, first}, http.StatusOK)
	before := a.stolen()
	a.during(b, func() {
		a.expect(1, "POST", "/password", map[string]string{"current": first, "password": second}, http.StatusOK)
	})
	b.dead("the change of the password")
	before.dead("the change of the password, by the id from before,")
	b.expect(0, "POST", "/login", credentials{name, first}, http.StatusUnauthorized)
	b.expect(1, "POST", "/login", credentials{name, second}, http.StatusOK)

	thief := a.stolen()
	a.during(thief, func() { a.expect(0, "POST", "/logout", nil, http.StatusOK) })
	thief.dead("the logout")
	if got, _ := b.call(0, "GET", "/dashboard", nil); got != http.StatusOK {
		c.t.Errorf("%s: the logout in one browser ended the other: %d", name, got)
	}
}
