'use strict'

const { EventEmitter } = require('node:events')
const { members, merge } = require('./merge')

// Replaces the record if it is still the one that it is based on. One key, so it
// runs in a cluster. {0}: there is none, {1}: replaced, {2, record}: it is another.
const REPLACE = `
local current = redis.call('GET', KEYS[1])
if not current then return {0} end
if current ~= ARGV[1] then return {2, current} end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
return {1}`
const SHA1 = require('node:crypto').createHash('sha1').update(REPLACE).digest('hex')
const GONE = 0
const REPLACED = 1

// Each conflict means that somebody else has saved, so only a storm gets this far.
const ATTEMPTS = 50

/**
 * Returns a store for express-session that keeps its records in a RedisStore of
 * connect-redis, with its client, prefix, ttl, serializer and the rest, but saves
 * with a compare-and-swap. See README.md.
 *
 * @param {import('connect-redis').RedisStore} store with a client of node-redis 5 or newer
 */
function safeStore (store) {
  const { client, prefix } = store || {}
  if (typeof prefix !== 'string' || typeof store.createSession !== 'function') {
    throw new TypeError('safeStore needs a RedisStore of connect-redis')
  }
  if (typeof client?.evalSha !== 'function') {
    throw new TypeError('safeStore needs a client of node-redis 5 or newer')
  }

  // What a session object was loaded as, or last saved as. It belongs to the object,
  // so to one request:
  //   sid      the session's id
  //   raw      its record then, null for a new one
  //   view     the object's members then; undefined: all of raw that it can hold
  //   cookie   the text of its cookie when it was loaded
  //   partial  raw has members that the object has not
  //   gone     a save has found no record
  //   last     the save that is under way
  const states = new WeakMap()

  const safe = Object.create(store)
  EventEmitter.call(safe) // listeners of its own

  safe.get = (sid, cb) => settle(load(sid), cb)

  safe.set = (sid, session, cb) => settle(save(sid, session), cb)

  safe.createSession = function (req, data) {
    // Session leaves out names that it has itself. They are in the record still.
    const names = Object.keys(data)
    const session = store.createSession.call(this, req, data)
    const state = states.get(data)
    if (state) {
      const partial = names.some(name => !Object.hasOwn(session, name))
      states.set(session, { ...state, partial, cookie: JSON.stringify(session.cookie) })
    }
    return session
  }

  /** Reports whether a save of this session object has found the session gone. */
  safe.isGone = session => states.get(session)?.gone === true

  async function load (sid) {
    const raw = await client.get(prefix + sid)
    if (!raw) return null
    const data = await store.serializer.parse(raw)
    if (data && typeof data === 'object') states.set(data, { sid, raw })
    return data
  }

  function save (sid, session) {
    let state = states.get(session)
    if (!state || state.sid !== sid) states.set(session, state = { sid, raw: null })
    let ours
    try { // as it is now, even if an earlier save of it has not ended
      ours = { members: members(session), prototype: Object.getPrototypeOf(session) }
      ours.text = store.serializer.stringify(session)
      ours.ttl = ttlOf(session)
    } catch (err) {
      return Promise.reject(err)
    }
    const result = Promise.resolve(state.last).then(() => state.raw === null ? create(state, ours) : replace(state, ours, session))
    state.last = result.catch(() => {})
    return result
  }

  // The first save of a new session: nothing may be there.
  async function create (state, ours) {
    const key = prefix + state.sid
    if (!(ours.ttl > 0)) return remove(state.sid)
    const expiration = store.disableTTL ? {} : { expiration: { type: 'EX', value: ours.ttl } }
    const done = await client.set(key, ours.text, { condition: 'NX', ...expiration })
    // The client may have sent it twice.
    if (done === null && await client.get(key) !== ours.text) {
      throw failure('ERR_SESSION_EXISTS', 'a new session cannot replace one that exists')
    }
    saved(state, ours, ours.text)
  }

  async function replace (state, ours, session) {
    if (state.gone) return lost(state, session)
    const key = prefix + state.sid
    let raw = state.raw
    let view = state.view
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let text = ours.text
      let ttl = ours.ttl
      if (attempt > 0 || state.partial) {
        const base = await store.serializer.parse(state.raw)
        view ??= visible(base, state.cookie, ours.prototype)
        const values = await store.serializer.parse(ours.text) // as they were, whatever has become of them
        const merged = merge(await store.serializer.parse(raw), base, view, { members: ours.members, values })
        text = await store.serializer.stringify(merged)
        ttl = ttlOf(merged)
      }
      if (!(ttl > 0)) return remove(state.sid)
      const [outcome, current] = await run(key, raw, text, store.disableTTL ? '' : String(ttl))
      if (outcome === GONE) return lost(state, session)
      if (outcome === REPLACED || current === text) return saved(state, ours, text)
      raw = current
      if (attempt > 2) await pause(Math.random() * attempt)
    }
    throw failure('ERR_SESSION_CONFLICT', 'the session was changed again and again while it was to be saved')
  }

  function saved (state, ours, text) {
    state.raw = text
    state.view = ours.members
    state.partial = text !== ours.text
  }

  function lost (state, session) {
    if (!state.gone) {
      state.gone = true
      safe.emit('gone', state.sid, session)
    }
  }

  // What connect-redis does with a session that has expired.
  async function remove (sid) {
    await store.destroy(sid)
  }

  async function run (key, ...args) {
    const options = { keys: [key], arguments: args }
    let reply
    try {
      reply = await client.evalSha(SHA1, options)
    } catch (err) {
      if (!String(err?.message).startsWith('NOSCRIPT')) throw err
      reply = await client.eval(REPLACE, options)
    }
    return [Number(reply[0]), reply[1]]
  }

  // The rules of connect-redis.
  function ttlOf (session) {
    if (typeof store.ttl === 'function') return store.ttl(session)
    if (!session?.cookie?.expires) return store.ttl
    return Math.ceil((Number(new Date(session.cookie.expires)) - Date.now()) / 1000)
  }

  return safe
}

// visible returns the members of a record that a session object can hold, with the
// text of the cookie that was made for it, if one was.
function visible (record, cookie, prototype) {
  const view = members(record)
  if (cookie) view.set('cookie', cookie)
  for (const name of view.keys()) {
    if (name in prototype || name === 'req' || name === 'id') view.delete(name)
  }
  return view
}

function failure (code, message) {
  return Object.assign(new Error(message), { code })
}

function pause (ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

// settle answers as connect-redis does: by the callback, or else by the promise. What
// the callback throws is not taken for an error of the store.
function settle (promise, cb) {
  if (!cb) return promise
  promise.then(value => process.nextTick(cb, null, value ?? null), err => process.nextTick(cb, err))
}

module.exports = { safeStore }
