package engine

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
)

// script is a Lua script about one key. The server runs it in one atomic step
// and knows it by its hash.
type script struct {
	text, sha string
}

func newScript(text string) script {
	sum := sha1.Sum([]byte(text))
	return script{text, hex.EncodeToString(sum[:])}
}

// expiry has "at" tell when the key expires, in milliseconds since 1970, -1 for
// never and -2 if there is no key. PEXPIRETIME came with Redis 7.0. Before, a
// script that reads the clock may not write without replicate_commands.
const expiry = `
local function at(key)
	local at = redis.pcall('PEXPIRETIME', key)
	if type(at) == 'number' then return at end
	redis.replicate_commands()
	local left, now = redis.call('PTTL', key), redis.call('TIME')
	if left < 0 then return left end
	return now[1] * 1000 + math.floor(now[2] / 1000) + left
end
`

// scripts are all that the store uses.
type scripts struct {
	get, save, touch, remove, destroy, note, noted, setNotBefore script
}

// The numbers that scripts return.
const (
	gone     int64 = 0
	conflict int64 = 1
	done     int64 = 2
	idle     int64 = 3 // there was nothing to do
)

func newScripts() *scripts {
	return &scripts{
		get: newScript(expiry + `
local data = redis.call('GET', KEYS[1])
if not data then return false end
return {data, at(KEYS[1])}`),

		// The base comes as its hash, which is shorter than most sessions. What
		// is stored stays as Express left it, with no field for a version.
		save: newScript(`
local data = redis.call('GET', KEYS[1])
if not data then return 0 end
if redis.sha1hex(data) ~= ARGV[1] then return 1 end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
return 2`),

		// Whoever caches the key is told of an expiry that is set, even to what
		// it was.
		touch: newScript(expiry + `
local at = at(KEYS[1])
if at == -2 then return 0 end
if at == -1 or at >= tonumber(ARGV[1]) then return 3 end
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
return 2`),

		remove: newScript(`
local data = redis.call('GET', KEYS[1])
if not data then return 0 end
if redis.sha1hex(data) ~= ARGV[1] then return 1 end
redis.call('DEL', KEYS[1])
return 2`),

		// WAIT waits for the last write of its connection. Where there is nothing
		// to delete, as after an attempt that has told no replica, something must
		// be written that leaves nothing.
		destroy: newScript(`
if redis.call('DEL', KEYS[1]) == 0 then
	redis.call('SET', KEYS[1], '', 'PXAT', 1)
	redis.call('DEL', KEYS[1])
end
return 2`),

		// Some of what has expired is removed in passing, so that a step stays
		// short. The key goes with the latest of what is noted.
		note: newScript(`
local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
if #old > 0 then redis.call('ZREM', KEYS[1], unpack(old)) end
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[3])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return 2`),

		noted: newScript(`return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES')`),

		setNotBefore: newScript(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 1 end
redis.call('SET', KEYS[1], ARGV[2])
return 2`),
	}
}

// bySHA and byText are the two ways to run a script.
func (s script) bySHA(key string, args ...string) Command {
	return Command{append([]string{"EVALSHA", s.sha, "1", key}, args...), 3}
}

func (s script) byText(c Command) Command {
	args := append([]string{"EVAL", s.text}, c.Args[2:]...)
	return Command{args, c.Key}
}

// run runs a script. A server that does not know it, because it was restarted or
// its scripts were flushed, has done nothing and is given the text.
func (s *Store) run(ctx context.Context, sc script, key string, args ...string) (any, error) {
	c := sc.bySHA(key, args...)
	r := s.do(ctx, s.client, c)
	if unknownScript(r.Err) {
		r = s.do(ctx, s.client, sc.byText(c))
	}
	return r.Value, r.Err
}

func unknownScript(err error) bool {
	e, ok := err.(ServerError)
	return ok && e.code() == "NOSCRIPT"
}
