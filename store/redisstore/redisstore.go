package redisstore

import (
	"github.com/redis/rueidis"

	"github.com/sojourn-dev/sojourn/store/redisstore/engine"
)

// Store is a [store.Store] and all optional interfaces of package store. See
// [engine.Store] for its methods.
type Store = engine.Store

// Options configure a [Store]; the zero value is good. See [engine.Options] for
// the fields.
type Options = engine.Options

// Cache keeps hot sessions within the process. See [NewCache].
type Cache = engine.Cache

// CacheOptions configure a [Cache]; the zero value is good. See
// [engine.CacheOptions] for the fields.
type CacheOptions = engine.CacheOptions

// DefaultPrefix is what the keys of sessions begin with unless [Options] says
// otherwise. It is that of connect-redis.
const DefaultPrefix = engine.DefaultPrefix

// The errors of this package beside those of package store.
var (
	// ErrClosed: the store was closed.
	ErrClosed = engine.ErrClosed
	// ErrNotReplicated: a session has ended, but fewer replicas than
	// [Options.WaitReplicas] have confirmed it in time.
	ErrNotReplicated = engine.ErrNotReplicated
)

// New returns a store that uses a client of one's own, which may be connected to
// a single server, through Sentinel or to a cluster. Close leaves the client
// open. The store has none of its commands retried, whatever the client's options.
//
// An Options.Cache needs a client whose options [Track] has set.
func New(client rueidis.Client, o Options) *Store {
	return engine.New(&adapter{client: client}, o)
}

// NewCache returns an empty cache for the sessions of one store. With it a session
// that is read again and again is read without the server, which tells of each
// change (client-side caching). What this process writes or ends it never reads
// stale; what another one ends is gone here when the message has come. Give it to
// [Open] in Options.Cache, which does the rest, or see [Track].
func NewCache(o CacheOptions) *Cache {
	return engine.NewCache(o)
}

// Track sets the options of a client that is still to be made so that it feeds
// cache: OnInvalidations, and ClientTrackingOptions to track whatever is read. The
// server then remembers for each key which connections have read it.
func Track(o *rueidis.ClientOption, cache *Cache) {
	o.DisableCache = false
	o.AlwaysRESP2 = false
	o.ClientTrackingOptions = []string{}
	o.OnInvalidations = func(keys []rueidis.RedisMessage) {
		if keys == nil {
			cache.Flush()
			return
		}
		for _, key := range keys {
			if text, err := key.ToString(); err == nil {
				cache.Invalidate(text)
			}
		}
	}
}
