// Package goredis puts the sessions of package redisstore on a client of go-redis
// v9 that the application has already, in the same format:
//
//	sessions := goredis.New(client, goredis.Options{})
//
// The client should be made with ContextTimeoutEnabled. Without it a command to a
// server that does not answer keeps a connection and a goroutine until the client's
// ReadTimeout; the store itself returns when the context ends, either way.
//
// Whatever the client's MaxRetries, the store has no command sent twice. Client-side
// caching is not for go-redis, where it is experimental.
package goredis
