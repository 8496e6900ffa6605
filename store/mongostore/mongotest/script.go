package mongotest

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Step is what happens to a command in place of its usual course. In the zero Step
// nothing does.
type Step struct {
	// Before is called before the command is sent on, and holds up nobody else's.
	Before func()

	// Skip has the server not get the command. Without an Answer nobody answers
	// it, then, until the connection is closed.
	Skip bool

	// Answer is a document to answer with in place of the server's answer. See
	// [Failure].
	Answer any

	// After is called before the answer is sent on, and holds up nobody else's.
	After func()

	// Lose has the connection closed amid the answer.
	Lose bool
}

// Every stands in [Server.Script] for every command but those by which clients look
// after their connections.
const Every = "*"

// Failure returns the answer of a server that has not executed a command, with a
// code and its name as MongoDB has them, such as 10107 and NotWritablePrimary. A
// label is for example RetryableWriteError.
func Failure(code int32, name string, labels ...string) bson.D {
	answer := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: "made by a test"}, {Key: "code", Value: code}, {Key: "codeName", Value: name}}
	if len(labels) > 0 {
		answer = append(answer, bson.E{Key: "errorLabels", Value: labels})
	}
	return answer
}

// Command is a command that has passed the proxy.
type Command struct {
	// Name is the command, such as "find".
	Name string
	// Body is the document of the command, without documents to insert and the
	// like, which stand beside it in the message.
	Body bson.Raw
	// Sent and Received are the bytes of the command and of its answer on the
	// wire, headers included.
	Sent, Received int
}

// Script has the next commands of a name, or of any if it is [Every], take other
// courses, one for each step. What was scripted for the name before comes first,
// and what is scripted for a name comes before what is for Every.
func (s *Server) Script(name string, steps ...Step) {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	if s.proxy.script == nil {
		s.proxy.script = map[string][]Step{}
	}
	s.proxy.script[name] = append(s.proxy.script[name], steps...)
}

// ScriptAlways has all commands of a name, or of any if it is [Every], take the same
// course, after what [Server.Script] has left, until Unscript is called.
func (s *Server) ScriptAlways(name string, step Step) {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	if s.proxy.always == nil {
		s.proxy.always = map[string]Step{}
	}
	s.proxy.always[name] = step
}

// Unscript has all commands take their usual course again.
func (s *Server) Unscript() {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.script, s.proxy.always = nil, nil
}

// Watch begins to keep the commands that pass, for [Server.Commands], and forgets
// those that were kept before. Commands by which clients look after their
// connections are not kept.
func (s *Server) Watch() {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.watched, s.proxy.commands = true, nil
}

// Commands returns the commands that were answered since Watch, in the order of the
// answers. A command is there before its client has the answer.
func (s *Server) Commands() []Command {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return slices.Clone(s.proxy.commands)
}

// Answered returns how many commands were answered since the start, without those by
// which clients look after their connections.
func (s *Server) Answered() int64 {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return s.proxy.answered
}

// Calls returns how many commands of each name [Server.Commands] has.
func (s *Server) Calls() map[string]int {
	calls := map[string]int{}
	for _, c := range s.Commands() {
		calls[c.Name]++
	}
	return calls
}

// Pause has the server stand still: connections are made, nothing is answered,
// until Resume. Commands that are sent meanwhile are executed then.
func (s *Server) Pause() { s.proxy.pause() }

// Resume ends a pause, if there is one.
func (s *Server) Resume() { s.proxy.resume() }

// Drop drops all connections.
func (s *Server) Drop() { s.proxy.drop() }

// Connections returns how many connections there are.
func (s *Server) Connections() int {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return len(s.proxy.conns) / 2
}

// step takes the next step for a command from the script.
func (p *proxy) step(name string) Step {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range []string{name, Every} {
		if steps := p.script[key]; len(steps) > 0 {
			p.script[key] = steps[1:]
			return steps[0]
		}
		if step, ok := p.always[key]; ok {
			return step
		}
	}
	return Step{}
}
