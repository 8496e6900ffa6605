package engine

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// The defaults of [CacheOptions].
const (
	defaultMaxAge  = 5 * time.Second
	defaultRecords = 100_000
)

// CacheOptions configure a [Cache]. The zero value is good.
type CacheOptions struct {
	// MaxAge is how long a record may be used since it was asked for, 0 for
	// five seconds. The server tells of changes at once; this bounds what is
	// read while its messages do not come through.
	MaxAge time.Duration
	// Records is how many records are kept at most, 0 for 100,000. It is rounded
	// up to a multiple of 16.
	Records int
}

// Cache keeps records of one [Store] in this process. The server tells it which
// have changed: whoever connects the store has each connection on which it reads
// tracked (CLIENT TRACKING ON, without OPTIN) and calls Invalidate and Flush.
//
// What the process itself writes, touches or deletes is not in the cache from
// before the command is sent, and what was read before comes too late for it. All
// methods are safe for concurrent use.
type Cache struct {
	maxAge time.Duration
	seed   maphash.Seed
	shards [shards]shard
}

const shards = 16

type shard struct {
	mu      sync.Mutex
	max     int
	entries map[string]*entry
	oldest  entry // the head of a ring, from the least recently used on
	fills   map[string]*fills
	writing map[string]int // how many writes are under way
}

type entry struct {
	key        string
	record     store.Record
	until      time.Time
	prev, next *entry
}

// fills are the reads of one key whose records may go into the cache.
type fills struct {
	n    int
	void bool // the key has changed since
}

// fill is one read. The zero value is one whose record may not.
type fill struct {
	cache *Cache
	key   string
	began time.Time
	fills *fills
}

// NewCache returns an empty cache for one store.
func NewCache(o CacheOptions) *Cache {
	if o.MaxAge <= 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.Records <= 0 {
		o.Records = defaultRecords
	}
	c := &Cache{maxAge: o.MaxAge, seed: maphash.MakeSeed()}
	for i := range c.shards {
		s := &c.shards[i]
		s.max = (o.Records + shards - 1) / shards
		s.fills, s.writing = map[string]*fills{}, map[string]int{}
		s.clear()
	}
	return c
}

func (c *Cache) shard(key string) *shard {
	return &c.shards[maphash.String(c.seed, key)%shards]
}

// Invalidate forgets a key, and what is being read of it: the server has said
// that it has changed.
func (c *Cache) Invalidate(key string) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(key)
}

// Flush forgets everything, and what is being read: a connection has been lost,
// and with it the messages that would have come.
func (c *Cache) Flush() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for _, f := range s.fills {
			f.void = true
		}
		clear(s.fills)
		s.clear()
		s.mu.Unlock()
	}
}

// Len returns the number of records in the cache.
func (c *Cache) Len() int {
	n := 0
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += len(s.entries)
		s.mu.Unlock()
	}
	return n
}

// get returns what the cache has. If it has nothing, what is read next may be
// given to the fill.
func (c *Cache) get(key string) (store.Record, fill, bool) {
	s, now := c.shard(key), time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[key]; e != nil {
		if now.Before(e.until) {
			s.toEnd(e)
			return e.record, fill{}, true
		}
		s.drop(e)
	}
	if s.writing[key] > 0 {
		return store.Record{}, fill{}, false
	}
	f := s.fills[key]
	if f == nil {
		f = &fills{}
		s.fills[key] = f
	}
	f.n++
	return store.Record{}, fill{c, key, now, f}, false
}

// done ends a read. Its record is kept unless the key has changed since the read
// began. A change that the read has not seen is told after it, so that either
// the fill is void or the record is dropped again.
func (f fill) done(r store.Record, err error) {
	if f.fills == nil {
		return
	}
	s := f.cache.shard(f.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.fills.n--
	if f.fills.void {
		return
	}
	if f.fills.n == 0 {
		delete(s.fills, f.key)
	}
	if err != nil {
		return
	}
	until := f.began.Add(f.cache.maxAge)
	if r.Expires.Before(until) {
		until = r.Expires
	}
	s.put(f.key, r, until)
}

// write has the cache forget a key until the function that it returns is called.
func (c *Cache) write(key string) (end func()) {
	if c == nil {
		return func() {}
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing[key]++
	s.forget(key)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.writing[key]--; s.writing[key] == 0 {
			delete(s.writing, key)
		}
	}
}

func (c *Cache) forget(key string) {
	if c != nil {
		c.Invalidate(key)
	}
}

func (s *shard) forget(key string) {
	if e := s.entries[key]; e != nil {
		s.drop(e)
	}
	if f := s.fills[key]; f != nil {
		f.void = true
		delete(s.fills, key)
	}
}

func (s *shard) clear() {
	s.entries = map[string]*entry{}
	s.oldest.prev, s.oldest.next = &s.oldest, &s.oldest
}

func (s *shard) put(key string, r store.Record, until time.Time) {
	if e := s.entries[key]; e != nil {
		s.drop(e)
	}
	if len(s.entries) >= s.max {
		s.drop(s.oldest.next)
	}
	e := &entry{key: key, record: r, until: until}
	s.entries[key] = e
	s.link(e)
}

func (s *shard) drop(e *entry) {
	delete(s.entries, e.key)
	e.prev.next, e.next.prev = e.next, e.prev
}

func (s *shard) toEnd(e *entry) {
	e.prev.next, e.next.prev = e.next, e.prev
	s.link(e)
}

func (s *shard) link(e *entry) {
	e.prev, e.next = s.oldest.prev, &s.oldest
	e.prev.next, e.next.prev = e, e
}
