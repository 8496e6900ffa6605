package overlap

import (
	"runtime"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

func afterWrite(p place, j Job) (Count, error) { return logouts(p, j, app.Write) }
func afterRead(p place, j Job) (Count, error)  { return logouts(p, j, app.Look) }

// logouts lets one worker log out of a session while others use it, in one
// session after another.
func logouts(p place, j Job, route app.Route) (Count, error) {
	client := p.clients(waiting)
	end := time.Now().Add(j.Time)
	return p.eachSession(func(i int) (count Count, err error) {
		var clients [workers]app.Client
		for w := range clients {
			clients[w] = client(w)
		}
		for n := share(j.Operations, i, p.sessions); count.Operations < n && time.Now().Before(end); count.Operations++ {
			back, err := logout(clients, route)
			if err != nil {
				return count, err
			}
			if back {
				count.Wrong++
			}
		}
		return count, nil
	})
}

// logout logs in, logs out while others use the session, and reports whether it is
// back afterwards.
func logout(clients [workers]app.Client, route app.Route) (back bool, err error) {
	b, err := login(clients[0])
	if err != nil {
		return false, err
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
	return loggedIn(clients[0], old)
}
