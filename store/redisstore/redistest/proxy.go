package redistest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy stands between a client and a server, and can cut or hold what passes.
type Proxy struct {
	// Addr is host and port of the proxy.
	Addr string

	target   string
	listener net.Listener
	wait     sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	cut     int           // answer bytes that still pass, -1 for all
	held    chan struct{} // not nil while answers are held
	refuses bool
	answers int
}

// StartProxy starts a proxy in front of a server. It ends with the test.
func StartProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: s.Addr(), listener: l, conns: map[net.Conn]bool{}, cut: -1}
	p.wait.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Release()
		p.mu.Lock()
		p.refuses = true
		p.mu.Unlock()
		p.Drop()
		p.wait.Wait()
	})
	return p
}

// CutAfter lets n more bytes of answers through and then drops the connection they
// belong to. Connections that are made later are whole.
func (p *Proxy) CutAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = n
}

// Hold keeps answers back until Release is called, on all connections.
func (p *Proxy) Hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = make(chan struct{})
	}
}

// Release lets answers through again.
func (p *Proxy) Release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
}

// Drop drops all connections.
func (p *Proxy) Drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// Answers returns how often something has come from the server.
func (p *Proxy) Answers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		if !p.enter(client, server) {
			return
		}
		p.wait.Go(func() { // commands
			io.Copy(server, client)
			p.leave(client, server)
		})
		p.wait.Go(func() { // answers
			p.pass(client, server)
			p.leave(client, server)
		})
	}
}

func (p *Proxy) enter(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.refuses {
			c.Close()
		}
		p.conns[c] = true
	}
	return !p.refuses
}

func (p *Proxy) leave(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(p.conns, c)
	}
}

// pass copies answers, as far as they may pass.
func (p *Proxy) pass(client io.Writer, server io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		p.mu.Lock()
		held := p.held
		p.mu.Unlock()
		if held != nil {
			<-held
		}
		p.mu.Lock()
		p.answers++
		cut := p.cut >= 0 && n >= p.cut
		if cut {
			n, p.cut = p.cut, -1
		} else if p.cut >= 0 {
			p.cut -= n
		}
		p.mu.Unlock()
		if _, werr := client.Write(buf[:n]); werr != nil || err != nil || cut {
			return
		}
	}
}
