package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func (t *turns) held() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queues)
}

// One at a time has the turn on an id, ids do not disturb each other, and
// nothing is left of them.
func TestTurns(t *testing.T) {
	t.Parallel()
	var (
		q    turns
		wg   sync.WaitGroup
		busy [4]struct {
			n    int // guarded by the turn
			done int
		}
	)
	for g := range 64 {
		wg.Go(func() {
			for range 50 {
				id := g % len(busy)
				pass, err := q.take(t.Context(), fmt.Sprint(id))
				if err != nil {
					t.Error(err)
					return
				}
				busy[id].n++
				if busy[id].n != 1 {
					t.Errorf("%d have the turn on %d", busy[id].n, id)
				}
				busy[id].n--
				busy[id].done++
				pass()
			}
		})
	}
	wg.Wait()
	for id := range busy {
		if busy[id].done != 16*50 {
			t.Errorf("%d turns on %d", busy[id].done, id)
		}
	}
	if n := q.held(); n != 0 {
		t.Errorf("%d queues are left", n)
	}
}

// Who gives up waiting leaves the line, and the others do not notice.
func TestTurnsCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var q turns
		pass, err := q.take(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Second)
				defer cancel()
				if _, err := q.take(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		patient := make(chan struct{})
		go func() {
			defer close(patient)
			pass, err := q.take(t.Context(), "x")
			if err != nil {
				t.Error(err)
				return
			}
			pass()
		}()
		wg.Wait()
		if n := q.held(); n != 1 {
			t.Errorf("%d queues", n)
		}
		pass()
		<-patient
		if n := q.held(); n != 0 {
			t.Errorf("%d queues are left", n)
		}
	})
}

func TestTurnsDoNotDisturbOtherIDs(t *testing.T) {
	t.Parallel()
	var q turns
	passX, err := q.take(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	passY, err := q.take(t.Context(), "y") // would hang
	if err != nil {
		t.Fatal(err)
	}
	passY()
	passX()
}
