package mongotest

import (
	"io"
	"net"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// proxy stands between clients and a server.
type proxy struct {
	addr   string
	target string
	alone  bool       // one command at a time
	turn   sync.Mutex // held while the server has a command, if alone
	wait   sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while it is stopped
	conns    map[net.Conn]bool
	paused   chan struct{} // not nil during a pause, and closed at its end
	script   map[string][]Step
	always   map[string]Step
	answered int64
	watched  bool
	commands []Command
}

func startProxy(target string, alone bool) (*proxy, error) {
	p := &proxy{addr: "127.0.0.1:0", target: target, alone: alone, conns: map[net.Conn]bool{}}
	return p, p.start()
}

// start accepts connections, at the same address each time.
func (p *proxy) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		return err
	}
	p.listener, p.addr = l, l.Addr().String()
	p.wait.Go(func() { p.accept(l) })
	return nil
}

// stop closes all connections and waits until nothing of the proxy runs.
func (p *proxy) stop() {
	p.mu.Lock()
	l := p.listener
	p.listener = nil
	p.mu.Unlock()
	if l == nil {
		return
	}
	l.Close()
	p.drop()
	p.resume()
	p.wait.Wait()
}

func (p *proxy) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused == nil {
		p.paused = make(chan struct{})
	}
}

func (p *proxy) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
}

// pass waits for the end of a pause.
func (p *proxy) pass() {
	p.mu.Lock()
	paused := p.paused
	p.mu.Unlock()
	if paused != nil {
		<-paused
	}
}

func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

func (p *proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		if p.listener != l {
			p.mu.Unlock()
			client.Close()
			server.Close()
			return
		}
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		p.wait.Go(func() {
			defer p.leave(client, server)
			for p.exchange(client, server) == nil {
			}
		})
	}
}

func (p *proxy) leave(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(p.conns, c)
	}
}

// housekeeping are the commands by which clients look after their connections. A
// server may keep one of them waiting, so they take no turn.
var housekeeping = map[string]bool{
	"": true, "hello": true, "ismaster": true, "isMaster": true, "ping": true, "endSessions": true,
	"saslStart": true, "saslContinue": true, "buildInfo": true, "buildinfo": true, "killCursors": true,
}

// exchange passes one command and what is answered to it. An error ends the
// connection.
func (p *proxy) exchange(client, server net.Conn) error {
	command, err := readMessage(client)
	if err != nil {
		return err
	}
	body := command.body()
	name := ""
	if first, err := body.IndexErr(0); err == nil {
		name = first.Key()
	}
	if housekeeping[name] {
		p.pass()
		return p.relay(command, client, server)
	}
	step := p.step(name)
	if step.Before != nil {
		step.Before()
	}
	p.pass()
	answer, err := p.execute(command, server, step)
	if err != nil {
		return err
	}
	p.pass()
	if step.After != nil {
		step.After()
	}
	p.note(Command{Name: name, Body: body, Sent: len(command), Received: len(answer)})
	if step.Lose {
		client.Write(answer[:len(answer)/2])
		return io.ErrUnexpectedEOF
	}
	_, err = client.Write(answer)
	return err
}

// execute has the server execute a command, when it is its turn, and returns the
// answer. There is none to a command that asks for none.
func (p *proxy) execute(command message, server net.Conn, step Step) (answer message, err error) {
	if !step.Skip {
		if p.alone {
			p.turn.Lock()
			defer p.turn.Unlock()
		}
		if _, err := server.Write(command); err != nil {
			return nil, err
		}
		if !command.moreToCome() {
			if answer, err = readMessage(server); err != nil {
				return nil, err
			}
		}
	}
	if step.Answer != nil {
		doc, err := bson.Marshal(step.Answer)
		if err != nil {
			return nil, err
		}
		answer = answerTo(command, doc)
	}
	return answer, nil
}

// relay passes a command of housekeeping, to which a server may answer several times.
func (p *proxy) relay(command message, client, server net.Conn) error {
	if _, err := server.Write(command); err != nil {
		return err
	}
	for more := !command.moreToCome(); more; {
		answer, err := readMessage(server)
		if err != nil {
			return err
		}
		p.pass()
		if _, err := client.Write(answer); err != nil {
			return err
		}
		more = answer.moreToCome()
	}
	return nil
}

func (p *proxy) note(c Command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered++
	if p.watched {
		p.commands = append(p.commands, c)
	}
}
