// Package overlap counts what is lost and what comes back when requests of
// one session overlap: as it comes under load, and forced with a barrier.
package overlap

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
	"github.com/sojourn-dev/sojourn/bench/internal/isolate"
)

// Job is one trial of one library.
type Job struct {
	// Library and Trial are their names.
	Library, Trial string
	// Operations is how many are tried, Time after how long to give up.
	Operations int
	Time       time.Duration
}

// Count is how often something went wrong.
type Count struct {
	// Operations were tried, and Wrong of them went wrong.
	Operations, Wrong int
}

// Per returns how many of n operations go wrong.
func (c Count) Per(n float64) float64 {
	if c.Operations == 0 {
		return 0
	}
	return float64(c.Wrong) * n / float64(c.Operations)
}

// Trials under load.
const (
	// OwnKeys: each worker writes a key that nobody else writes, reads it
	// back, and reads it again before the next write. Wrong is a write that
	// was acknowledged and is not there, or not any more.
	OwnKeys = "own-keys"
	// Counter: all workers add to one number. Wrong is an addition that was
	// acknowledged and does not show.
	Counter = "counter"
	// AfterWrite and AfterRead: a logout while other requests of the session
	// write or read. Wrong is an old cookie that is logged in afterwards.
	AfterWrite = "after-write"
	AfterRead  = "after-read"
)

// Trials that a barrier forces are one operation each. Wrong is 1 if it is
// lost, or comes back.
const (
	// ForcedUpdate: a request has loaded the session when another writes a
	// key; then it writes one itself.
	ForcedUpdate = "forced-update"
	// ForcedWrite and ForcedRead: it has loaded the session when another
	// logs out; then it writes, or only ends.
	ForcedWrite = "forced-write"
	ForcedRead  = "forced-read"
)

const jobName = "overlap"

// Jobs are those that a program which uses this package has to serve.
func Jobs() map[string]isolate.Job {
	return map[string]isolate.Job{jobName: isolate.Of(Run)}
}

var trials = map[string]func(app.Library, Job) (Count, error){
	OwnKeys:      func(l app.Library, j Job) (Count, error) { return underLoad(l, j, writeOwn) },
	Counter:      counter,
	AfterWrite:   func(l app.Library, j Job) (Count, error) { return logouts(l, j, app.Write) },
	AfterRead:    func(l app.Library, j Job) (Count, error) { return logouts(l, j, app.Look) },
	ForcedUpdate: func(l app.Library, _ Job) (Count, error) { return forced(l, app.Write, app.Write) },
	ForcedWrite:  func(l app.Library, _ Job) (Count, error) { return forced(l, app.Write, app.Logout) },
	ForcedRead:   func(l app.Library, _ Job) (Count, error) { return forced(l, app.Look, app.Logout) },
}

// Run tries one thing with one library.
func Run(j Job) (Count, error) {
	l, ok := app.Find(j.Library)
	trial := trials[j.Trial]
	if !ok || trial == nil {
		return Count{}, fmt.Errorf("no library %q or no trial %q among %v", j.Library, j.Trial, slices.Sorted(maps.Keys(trials)))
	}
	return trial(l, j)
}

// workers is how many requests of a session there are at a time: as many as a
// page with a few images has.
const workers = 8

// waiting is what a handler does that waits for something else between loading
// its session and going on: others run meanwhile.
func waiting(string) { runtime.Gosched() }

// browser is a cookie jar that several requests share.
type browser struct {
	mu     sync.Mutex
	cookie string
}

// ask sends a request with the cookie that the browser has when it leaves, and
// keeps the one that it has when the response arrives.
func (b *browser) ask(c app.Client, route app.Route, key string, value int) (string, error) {
	b.mu.Lock()
	cookie := b.cookie
	b.mu.Unlock()
	c.Ask(route, cookie, key, value)
	if now, set := c.Cookie(); set {
		b.mu.Lock()
		b.cookie = now
		b.mu.Unlock()
	}
	if c.Status() != http.StatusOK {
		return "", fmt.Errorf("%v %s: answer %d", route, key, c.Status())
	}
	return c.Answer(), nil
}

// login returns a browser with a new session.
func login(c app.Client) (*browser, error) {
	c.Send(app.Create, "")
	cookie, _ := c.Cookie()
	if c.Status() != http.StatusOK || cookie == "" {
		return nil, fmt.Errorf("login: answer %d, cookie %q", c.Status(), cookie)
	}
	return &browser{cookie: cookie}, nil
}

// worker does one operation after another and counts those that went wrong.
type worker func(c app.Client, b *browser, key string, seq int) (wrong bool, err error)

// underLoad lets workers share one session until there were enough operations.
func underLoad(l app.Library, j Job, do worker) (Count, error) {
	a := l.Build(app.Config{Pause: waiting})
	b, err := login(a.Client())
	if err != nil {
		return Count{}, err
	}
	var (
		wg     sync.WaitGroup
		counts [workers]Count
		failed [workers]error
	)
	end := time.Now().Add(j.Time)
	for w := range workers {
		wg.Go(func() {
			c := a.Client()
			key := "k" + strconv.Itoa(w)
			for seq := 1; seq <= max(j.Operations/workers, 1) && failed[w] == nil; seq++ {
				if seq%64 == 0 && time.Now().After(end) {
					break
				}
				var wrong bool
				wrong, failed[w] = do(c, b, key, seq)
				counts[w].Operations++
				if wrong {
					counts[w].Wrong++
				}
			}
		})
	}
	wg.Wait()
	var sum Count
	for w := range workers {
		if failed[w] != nil {
			return sum, failed[w]
		}
		sum.Operations += counts[w].Operations
		sum.Wrong += counts[w].Wrong
	}
	return sum, nil
}

func writeOwn(c app.Client, b *browser, key string, seq int) (wrong bool, err error) {
	before, err := b.ask(c, app.Look, key, 0)
	if err != nil {
		return false, err
	}
	if _, err := b.ask(c, app.Write, key, seq); err != nil {
		return false, err
	}
	after, err := b.ask(c, app.Look, key, 0)
	return after != strconv.Itoa(seq) || seq > 1 && before != strconv.Itoa(seq-1), err
}

func counter(l app.Library, j Job) (Count, error) {
	const key = "hits"
	var last struct {
		sync.Mutex
		b *browser
		c app.Client
	}
	count, err := underLoad(l, j, func(c app.Client, b *browser, _ string, _ int) (bool, error) {
		_, err := b.ask(c, app.Count, key, 0)
		last.Lock()
		last.b, last.c = b, c
		last.Unlock()
		return false, err
	})
	if err != nil {
		return count, err
	}
	answer, err := last.b.ask(last.c, app.Look, key, 0)
	if err != nil {
		return count, err
	}
	n, _ := strconv.Atoi(answer) // "none": nothing is left
	count.Wrong = count.Operations - n
	return count, nil
}

// logouts lets one worker log out of a session while others use it, in one
// session after another.
func logouts(l app.Library, j Job, route app.Route) (Count, error) {
	a := l.Build(app.Config{Pause: waiting})
	var clients [workers]app.Client
	for w := range clients {
		clients[w] = a.Client()
	}
	var count Count
	for end := time.Now().Add(j.Time); count.Operations < j.Operations/workers && time.Now().Before(end); count.Operations++ {
		b, err := login(clients[0])
		if err != nil {
			return count, err
		}
		old := b.cookie
		var (
			wg    sync.WaitGroup
			start = make(chan struct{})
		)
		for w, c := range clients {
			wg.Go(func() {
				<-start
				if w == 0 {
					runtime.Gosched()
					c.Ask(app.Logout, old, "", 0)
				} else {
					c.Ask(route, old, "k", w)
				}
			})
		}
		close(start)
		wg.Wait()
		if loggedIn(clients[0], old) {
			count.Wrong++
		}
	}
	return count, nil
}

func loggedIn(c app.Client, cookie string) bool {
	c.Ask(app.Look, cookie, app.UserKey, 0)
	return c.Status() == http.StatusOK && c.Answer() == app.User
}

// forced lets a slow request load the session, then a fast one do all that it
// does, and then the slow one go on.
func forced(l app.Library, slow, fast app.Route) (Count, error) {
	const slowKey, fastKey = "slow", "fast"
	loaded, goOn := make(chan struct{}), make(chan struct{})
	a := l.Build(app.Config{Pause: func(key string) {
		if key == slowKey {
			loaded <- struct{}{}
			<-goOn
		}
	}})
	c := a.Client()
	b, err := login(c)
	if err != nil {
		return Count{}, err
	}
	old := b.cookie
	done := make(chan error)
	go func() {
		_, err := b.ask(a.Client(), slow, slowKey, 1)
		done <- err
	}()
	<-loaded
	if _, err := b.ask(c, fast, fastKey, 1); err != nil {
		return Count{}, fmt.Errorf("the fast request: %w", err)
	}
	close(goOn)
	if err := <-done; err != nil {
		return Count{}, fmt.Errorf("the slow request: %w", err)
	}

	count := Count{Operations: 1}
	if fast == app.Logout {
		if loggedIn(c, old) {
			count.Wrong = 1
		}
		return count, nil
	}
	got, err := b.ask(c, app.Look, fastKey, 0)
	if got != "1" {
		count.Wrong = 1
	}
	return count, err
}
