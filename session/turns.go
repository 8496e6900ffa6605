package session

import (
	"context"
	"sync"
)

// turns lets requests of this process on one session take turns once they have
// been in conflict, so that each further one finds the record as it read it.
// The zero value is ready to use.
type turns struct {
	mu     sync.Mutex
	queues map[string]*queue
}

type queue struct {
	turn    chan struct{} // holds a token while somebody has the turn
	waiting int           // those who have the turn or wait for it
}

// take waits for the turn on id and returns the function that passes it on.
func (t *turns) take(ctx context.Context, id string) (pass func(), err error) {
	q := t.join(id)
	select {
	case q.turn <- struct{}{}:
	case <-ctx.Done():
		t.leave(id, q)
		return nil, ctx.Err()
	}
	return func() {
		<-q.turn
		t.leave(id, q)
	}, nil
}

func (t *turns) join(id string) *queue {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.queues[id]
	if q == nil {
		if t.queues == nil {
			t.queues = make(map[string]*queue)
		}
		q = &queue{turn: make(chan struct{}, 1)}
		t.queues[id] = q
	}
	q.waiting++
	return q
}

func (t *turns) leave(id string, q *queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q.waiting--; q.waiting == 0 {
		delete(t.queues, id)
	}
}
