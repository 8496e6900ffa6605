package engine

import (
	"strings"
	"time"
)

// DefaultPrefix is what the keys of sessions begin with unless [Options] says
// otherwise. It is that of connect-redis.
const DefaultPrefix = "sess:"

// defaultWaitTimeout is how long replicas may take unless Options says otherwise.
const defaultWaitTimeout = time.Second

// Options configure a [Store]. The zero value is good: it shares sessions with an
// Express application that uses connect-redis as it comes.
type Options struct {
	// Prefix is what the key of a session begins with, before the id. Empty
	// means [DefaultPrefix]. Where several stores share a database, no prefix
	// may begin with another's.
	//
	// What the store notes of users has keys that begin with "users:" and the
	// prefix, or with "index:" and the prefix if that begins with a "u", and so
	// never with the prefix itself.
	Prefix string

	// WaitReplicas is how many replicas must have confirmed the end of a session
	// before Delete and SetNotBefore return nil. 0 means none: a primary that
	// fails before it has told any replica takes the end of the session with
	// it, and its successor has the session alive. With fewer replicas the
	// error is [ErrNotReplicated], and the session has ended on the primary.
	WaitReplicas int

	// WaitTimeout is how long to wait for the replicas, 0 for a second; the
	// deadline of the context may be earlier. It is cut to milliseconds.
	WaitTimeout time.Duration

	// Cache answers Get without the server. Nil means that each Get asks the
	// server. A cache belongs to one store and needs a client that feeds it.
	Cache *Cache
}

func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.WaitTimeout <= 0 {
		o.WaitTimeout = defaultWaitTimeout
	}
	return o
}

// indexPrefix returns what the keys of users begin with. Its first byte differs
// from that of the prefix, so that none is taken for a session's, by a scan of
// somebody else either.
func (o Options) indexPrefix() string {
	if strings.HasPrefix(o.Prefix, "u") {
		return "index:" + o.Prefix
	}
	return "users:" + o.Prefix
}
