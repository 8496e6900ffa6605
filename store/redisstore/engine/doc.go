// Package engine is the session store of Redis and Valkey without a client. It
// is for those who bring a client of their own; everybody else uses
// [github.com/sojourn-dev/sojourn/store/redisstore], which is on rueidis, or
// [github.com/sojourn-dev/sojourn/store/redisstore/goredis].
//
// A client is adapted by implementing [Client], which is four methods, and is as
// good as package storetest finds the [Store] that it makes.
package engine
