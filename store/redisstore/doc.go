// Package redisstore keeps sessions in Redis or Valkey, as connect-redis does, so
// that an Express application may share them.
//
//	sessions := redisstore.New(client, redisstore.Options{})
//
// A record is a string under "sess:" and the id, the session as JSON, with the
// time to live that the session has: what connect-redis 9.0.0 and its
// predecessors from 3 on read and write. Each operation of [store.Store] is one
// command about one key, in one round trip; so any number of processes may share
// the sessions, and the keys may be spread over a cluster.
//
// It needs Redis 6.2 or newer, or Valkey. For go-redis there is
// [github.com/sojourn-dev/sojourn/store/redisstore/goredis].
//
// # What it needs of the server
//
// A server that evicts keys (maxmemory-policy other than noeviction) ends
// sessions early. One that evicts those without a time to live, as allkeys-lru
// does, may also forget the instants that [Store.SetNotBefore] has set.
//
// Replication is asynchronous. A primary that fails may take its last writes with
// it, and bring back a session that had ended; [Options.WaitReplicas] is for that.
//
// # Access control
//
// A user of an access control list needs
//
//	+@connection +@read +@write +@scripting -@dangerous ~sess:* ~users:sess:*
//
// and +wait with WaitReplicas, and on a cluster +cluster|slots, +cluster|shards and
// +cluster|myid. With +info as well, [Open] notices a server that is too old.
package redisstore
