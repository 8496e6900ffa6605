package engine

import (
	"context"
	"strings"
)

// Client is what a [Store] needs of a client of Redis. All methods are safe for
// concurrent use.
//
// A command is sent at most once: if its reply does not come, nobody knows
// whether it has taken effect, and a second attempt would find what the first
// has done. Only what the server has redirected (MOVED, ASK) is sent again.
//
// The end of a context should end the wait for a reply. If it does not, the store
// returns all the same, and a goroutine stays with the call until it does.
type Client interface {
	// Do sends a command to the node that has its key.
	Do(ctx context.Context, c Command) Reply
	// DoAll sends commands, to each node in one go those that it has the keys
	// of. The replies are in the order of the commands.
	DoAll(ctx context.Context, commands []Command) []Reply
	// DoAlone sends commands to the node that has the key of the first, in one
	// go and on a connection that nobody else uses meanwhile: WAIT holds up
	// what comes after it, and is about the writes of its own connection.
	DoAlone(ctx context.Context, commands []Command) []Reply
	// Primaries returns a client for each node that has keys of its own. Those
	// live as long as this one and are not closed.
	Primaries(ctx context.Context) ([]Client, error)
	// Close releases what was opened for the store. It leaves a client alone
	// that somebody else has opened.
	Close() error
}

// Command is one command for the server.
type Command struct {
	// Args are the command's name and what follows it.
	Args []string
	// Key is the index of the one key in Args, 0 if there is none.
	Key int
}

// Reply is what the server has answered.
type Reply struct {
	// Value is a nil, string, int64 or []any of these.
	Value any
	// Err is nil, the server's [ServerError], or why there is no answer.
	Err error
}

// ServerError is an error that the server has answered with.
type ServerError string

// Error returns what the server says, without the arguments that it may repeat:
// among them are ids and data.
func (e ServerError) Error() string {
	text, _, _ := strings.Cut(string(e), ", with args beginning with")
	text, _, _ = strings.Cut(text, " script: ")
	text, _, _ = strings.Cut(text, "\n")
	return "the server says " + strings.TrimRight(text, " .,")
}

// code returns the first word, by which the kinds of errors are known.
func (e ServerError) code() string {
	code, _, _ := strings.Cut(string(e), " ")
	return code
}
