package costs

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/sojourn-dev/sojourn/bench/internal/engine"
)

// wire passes on what comes to an address, and counts it.
type wire struct {
	listener       net.Listener
	to             string
	sent, received atomic.Int64

	wg     sync.WaitGroup
	mu     sync.Mutex
	closed bool
	conns  []net.Conn
}

// newWire listens in front of an address.
func newWire(to string) (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{listener: l, to: to}
	w.wg.Go(w.serve)
	return w, nil
}

func (w *wire) serve() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", w.to)
		if err != nil || !w.keep(client, server) {
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		w.wg.Go(func() { pass(server, client, &w.sent) })
		w.wg.Go(func() { pass(client, server, &w.received) })
	}
}

// keep notes connections to be closed in the end, unless that has come.
func (w *wire) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.conns = append(w.conns, conns...)
	}
	return !w.closed
}

// pass passes on what one says to the other, and ends with either.
func pass(to, from net.Conn, count *atomic.Int64) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		count.Add(int64(n))
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Close ends all connections, and waits for that.
func (w *wire) Close() error {
	err := w.listener.Close()
	w.mu.Lock()
	w.closed = true
	for _, c := range w.conns {
		c.Close()
	}
	w.mu.Unlock()
	w.wg.Wait()
	return err
}

// exchanged notes how many bytes are exchanged with the server for each
// operation, if there is one.
func exchanged(ctx context.Context, e *engine.Engine, data string, costs map[Operation]Cost) (err error) {
	if e.Name == engine.Memory || e.Name == engine.SQLite {
		return nil
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		return err
	}
	w, err := newWire(u.Host)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	u.Host = w.listener.Addr().String()
	s, end, err := engine.Open(ctx, e.Name, u.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	const n = 100
	for _, few := range []int{1, n} { // what is said only once is said with the first
		c, err := newCalls(s, data, few, 1)
		if err != nil {
			return err
		}
		for _, o := range order {
			sent, received := w.sent.Load(), w.received.Load()
			for i := range few {
				if err := c.call(ctx, o, i); err != nil {
					return err
				}
			}
			cost := costs[o]
			cost.Sent, cost.Received = float64(w.sent.Load()-sent)/float64(few), float64(w.received.Load()-received)/float64(few)
			costs[o] = cost
		}
	}
	return nil
}
