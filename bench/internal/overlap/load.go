package overlap

import (
	"errors"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/bench/internal/app"
)

// waiting is what a handler does that waits for something else between loading
// its session and going on: others run meanwhile.
func waiting(string) { runtime.Gosched() }

// eachSession does something with several sessions at a time, and adds up what it
// has counted.
func (p place) eachSession(do func(session int) (Count, error)) (sum Count, err error) {
	var wg sync.WaitGroup
	counts, failed := make([]Count, p.sessions), make([]error, p.sessions)
	for i := range p.sessions {
		wg.Go(func() { counts[i], failed[i] = do(i) })
	}
	wg.Wait()
	for _, count := range counts {
		sum.add(count)
	}
	return sum, errors.Join(failed...)
}

// worker does one operation after another and counts those that went wrong.
type worker func(c app.Client, b *browser, key string, seq int) (wrong bool, err error)

// work lets workers share one session until there were enough operations, or until
// one of them fails.
func work(client func(int) app.Client, b *browser, operations int, end time.Time, do worker) (sum Count, err error) {
	var (
		wg     sync.WaitGroup
		counts [workers]Count
		failed [workers]error
	)
	for w := range workers {
		wg.Go(func() {
			c := client(w)
			key := "k" + strconv.Itoa(w)
			for seq := 1; seq <= share(operations, w, workers) && failed[w] == nil && time.Now().Before(end); seq++ {
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
	for _, count := range counts {
		sum.add(count)
	}
	return sum, errors.Join(failed[:]...)
}

// underLoad lets workers share sessions. When a session's workers are done, the rest
// is done for it, and may find more that is wrong.
func underLoad(p place, j Job, do worker, rest func(app.Client, *browser, *Count) error) (Count, error) {
	client := p.clients(waiting)
	end := time.Now().Add(j.Time)
	return p.eachSession(func(i int) (Count, error) {
		b, err := login(client(i))
		if err != nil {
			return Count{}, err
		}
		count, err := work(client, b, share(j.Operations, i, p.sessions), end, do)
		if err == nil {
			err = rest(client(i), b, &count)
		}
		return count, err
	})
}

func ownKeys(p place, j Job) (Count, error) {
	return underLoad(p, j, func(c app.Client, b *browser, key string, seq int) (wrong bool, err error) {
		before, err := b.ask(c, app.Look, key, 0)
		if err != nil {
			return false, err
		}
		if _, err := b.ask(c, app.Write, key, seq); err != nil {
			return false, err
		}
		after, err := b.ask(c, app.Look, key, 0)
		return after != strconv.Itoa(seq) || seq > 1 && before != strconv.Itoa(seq-1), err
	}, func(app.Client, *browser, *Count) error { return nil })
}

func counter(p place, j Job) (Count, error) {
	const key = "hits"
	return underLoad(p, j, func(c app.Client, b *browser, _ string, _ int) (bool, error) {
		_, err := b.ask(c, app.Count, key, 0)
		return false, err
	}, func(c app.Client, b *browser, count *Count) error {
		answer, err := b.ask(c, app.Look, key, 0)
		n, _ := strconv.Atoi(answer) // "none": nothing is left
		count.Wrong = max(count.Operations-n, n-count.Operations)
		return err
	})
}
