package overlap

import (
	"fmt"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

func forcedUpdate(p place, _ Job) (Count, error) { return forced(p, app.Write, app.Write) }
func forcedWrite(p place, _ Job) (Count, error)  { return forced(p, app.Write, app.Logout) }
func forcedRead(p place, _ Job) (Count, error)   { return forced(p, app.Look, app.Logout) }

// forced lets a slow request load the session, then a fast one, of another party if
// there is one, do all that it does, and then the slow one go on.
func forced(p place, slow, fast app.Route) (Count, error) {
	const slowKey, fastKey = "slow", "fast"
	loaded, goOn := make(chan struct{}), make(chan struct{})
	client := p.clients(func(key string) {
		if key == slowKey {
			loaded <- struct{}{}
			<-goOn
		}
	})
	c := client(0)
	b, err := login(c)
	if err != nil {
		return Count{}, err
	}
	old := b.cookie
	done := make(chan error)
	go func() {
		_, err := b.ask(client(1), slow, slowKey, 1)
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
		back, err := loggedIn(c, old)
		if back {
			count.Wrong = 1
		}
		return count, err
	}
	got, err := b.ask(c, app.Look, fastKey, 0)
	if got != "1" {
		count.Wrong = 1
	}
	return count, err
}
