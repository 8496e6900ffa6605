'use strict'

const { test, before, after } = require('node:test')
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { once } = require('node:events')
const { promisify } = require('node:util')
const { createClient } = require('redis')
const { RedisStore } = require('connect-redis')
const expressSession = require('express-session')
const { safeStore } = require('./index')

let server, client, dir

// A Redis of one's own, unless REDIS_URL names one that may be written to.
before(async () => {
  if (process.env.REDIS_URL) {
    client = createClient({ url: process.env.REDIS_URL })
  } else {
    dir = mkdtempSync(join(tmpdir(), 'safe-store-'))
    const path = join(dir, 'socket')
    server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '', '--dir', dir], { stdio: 'ignore' })
    await once(server, 'spawn')
    client = createClient({ socket: { path, reconnectStrategy: () => 50 } })
  }
  client.on('error', () => {}) // until it listens
  await client.connect()
})

after(async () => {
  await client?.close()
  if (server?.kill('SIGKILL')) await once(server, 'exit')
  if (dir) rmSync(dir, { recursive: true, force: true })
})

let ids = 0
const newID = () => 'id' + ++ids

// open returns a store of its own, and what express-session does with one.
function open (options) {
  const inner = new RedisStore({ client, ...options })
  const store = safeStore(inner)
  store.generate = req => {
    req.sessionID = newID()
    req.session = new expressSession.Session(req)
    req.session.cookie = new expressSession.Cookie({ maxAge: store.maxAge })
  }
  return { inner, store }
}

const request = store => ({ sessionStore: store, sessionID: newID() })

// create stores a new session with data and returns its id.
async function create (store, data) {
  const req = request(store)
  store.generate(req)
  Object.assign(req.session, data)
  await save(req.session)
  return req.sessionID
}

// load does what express-session does when a request comes.
async function load (store, sid) {
  const data = await promisify(store.get).call(store, sid)
  if (!data) return null
  const req = { sessionStore: store, sessionID: sid }
  return store.createSession(req, data)
}

const save = session => promisify(session.save).call(session)
const raw = sid => client.get('sess:' + sid)
const stored = async sid => { const { cookie, ...data } = JSON.parse(await raw(sid)); return data }

test('what is stored is what connect-redis stores', async () => {
  const { inner, store } = open()
  for (const maxAge of [undefined, 60000]) {
    store.maxAge = maxAge
    const req = request(store)
    store.generate(req)
    req.session.user = { name: 'é😀', half: '\ud800' }
    const sid = req.sessionID
    await save(req.session)
    await promisify(inner.set).call(inner, 'theirs', req.session)
    assert.equal(await raw(sid), await raw('theirs'))
    assert.equal(await client.ttl('sess:' + sid), await client.ttl('sess:theirs'))

    const session = await load(store, sid)
    session.user = 'x'
    await save(session)
    await promisify(inner.set).call(inner, 'theirs', session)
    assert.equal(await raw(sid), await raw('theirs'))
    assert.equal(await client.ttl('sess:' + sid), await client.ttl('sess:theirs'))
  }
})

test('how long it is stored', async () => {
  const soon = ms => new Date(Date.now() + ms)
  for (const options of [{}, { ttl: 100 }, { ttl: () => 77 }, { ttl: () => 0 }, { ttl: () => 7.5 }, { ttl: -1 }, { disableTTL: true }]) {
    for (const expires of [null, soon(50500), soon(50500).toISOString(), soon(-5000), 'never']) {
      const outcomes = []
      const { inner, store } = open(options)
      for (const [sid, s] of [['inner', inner], ['safe', store]]) {
        for (const step of ['create', 'replace']) {
          await client.set('sess:' + sid, '{"cookie":{}}')
          if (step === 'create' && s === store) await client.del('sess:' + sid)
          const session = step === 'replace' ? await s.get(sid) : {}
          session.cookie = { expires }
          let error = null
          try { await s.set(sid, session) } catch (err) { error = err.message.replace(/ script: .*/, '') }
          // After an error there is what was there before, which is not compared.
          const ttl = error ? null : await client.ttl('sess:' + sid)
          outcomes.push(JSON.stringify([step, error && /not an integer/.test(error), ttl]))
        }
      }
      const [a, b, c, d] = outcomes
      assert.deepEqual([c, d], [a, b], JSON.stringify([options, expires]) + ' ' + options.ttl)
    }
  }
})

test('two requests that change different names lose nothing', async () => {
  const { store } = open()
  const sid = await create(store, { a: 1, gone: 1 })
  const [x, y] = [await load(store, sid), await load(store, sid)]
  x.x = 1
  y.y = 1
  delete y.gone
  await save(x)
  await save(y)
  assert.deepEqual(await stored(sid), { a: 1, x: 1, y: 1 })
  // What one of them does not know it leaves alone, however often it saves.
  x.a = 2
  await save(x)
  y.again = 1
  await save(y)
  await save(x)
  assert.deepEqual(await stored(sid), { a: 2, x: 1, y: 1, again: 1 })
})

test('what is changed while a save is tried again is for the next save', async () => {
  const { store } = open()
  const sid = await create(store, { cart: [1] })
  const [x, y] = [await load(store, sid), await load(store, sid)]
  y.y = 1
  await save(y)
  x.cart.push(2)
  const saving = save(x) // finds that y was faster
  x.cart.push(3)
  await saving
  assert.deepEqual(await stored(sid), { cart: [1, 2], y: 1 })
  x.cart.pop()
  await save(x)
  assert.deepEqual(await stored(sid), { cart: [1, 2], y: 1 })
  x.cart.push(4)
  await save(x)
  assert.deepEqual(await stored(sid), { cart: [1, 2, 4], y: 1 })
})

test('many requests at once', async () => {
  const { store } = open()
  const sid = await create(store, {})
  const sessions = await Promise.all(Array.from({ length: 16 }, () => load(store, sid)))
  await Promise.all(sessions.map((s, i) => { s['k' + i] = i; return save(s) }))
  assert.equal(Object.keys(await stored(sid)).length, 16)
})

test('saves of one session object, one upon the other', async () => {
  const { store } = open()
  const req = request(store)
  store.generate(req)
  const saves = []
  for (let i = 0; i < 5; i++) {
    req.session.n = i
    saves.push(save(req.session))
  }
  await Promise.all(saves)
  assert.deepEqual(await stored(req.sessionID), { n: 4 })
})

test('a session that is gone stays gone', async () => {
  const { store } = open()
  const sid = await create(store, { user: 1 })
  const [late, logout] = [await load(store, sid), await load(store, sid)]
  const events = []
  store.on('gone', (...args) => events.push(args))
  await promisify(logout.destroy).call(logout)
  assert.equal(store.isGone(late), false)
  late.x = 1
  await save(late)
  assert.equal(await raw(sid), null)
  assert.equal(store.isGone(late), true)
  await save(late)
  await promisify(store.touch).call(store, sid, late)
  assert.equal(await raw(sid), null)
  assert.deepEqual(events, [[sid, late]])
  assert.equal(await load(store, sid), null)
  await assert.rejects(promisify(late.reload).call(late), /failed to load session/)
})

test('a new session that was stored and destroyed stays gone', async () => {
  const { store } = open()
  const req = request(store)
  store.generate(req)
  await save(req.session)
  await store.destroy(req.sessionID)
  req.session.x = 1
  await save(req.session)
  assert.equal(await raw(req.sessionID), null)
})

test('regenerate', async () => {
  const { store } = open()
  const sid = await create(store, { user: 1 })
  const late = await load(store, sid)
  const session = await load(store, sid)
  const req = session.req
  await promisify(session.regenerate).call(session)
  assert.notEqual(req.sessionID, sid)
  req.session.user = 2
  await save(req.session)
  late.x = 1
  await save(late)
  assert.equal(await raw(sid), null)
  assert.deepEqual(await stored(req.sessionID), { user: 2 })
})

test('reload', async () => {
  const { store } = open()
  const sid = await create(store, { a: 1 })
  const session = await load(store, sid)
  const other = await load(store, sid)
  other.b = 1
  await save(other)
  session.a = 2 // and forgotten
  await promisify(session.reload).call(session)
  const again = session.req.session
  delete again.a
  await save(again)
  assert.deepEqual(await stored(sid), { b: 1 })
})

test('a save that changes nothing takes nothing back', async () => { // resave
  const { store } = open()
  const sid = await create(store, { a: 1 })
  const [idle, busy] = [await load(store, sid), await load(store, sid)]
  busy.a = 2
  busy.cookie.maxAge = 1e9
  await save(busy)
  await save(idle)
  assert.deepEqual(await stored(sid), { a: 2 })
  assert.ok(await client.ttl('sess:' + sid) > 9e5)
})

test('names that a session object cannot hold stay', async () => {
  const { store } = open()
  await client.set('sess:odd', '{"cookie":{"originalMaxAge":null,"expires":null},"save":1,"id":2,"toString":3,"a":4,"b":5}')
  const session = await load(store, 'odd')
  session.a = 9
  delete session.b
  await save(session)
  assert.deepEqual(JSON.parse(await raw('odd')).save, 1)
  assert.deepEqual(await stored('odd'), { save: 1, id: 2, toString: 3, a: 9 })
})

test('a new session replaces none', async () => {
  const { store } = open()
  const sid = await create(store, { a: 1 })
  await assert.rejects(store.set(sid, { cookie: {}, b: 1 }), { code: 'ERR_SESSION_EXISTS' })
  const session = await load(store, sid)
  await assert.rejects(store.set(await create(store, {}), session), { code: 'ERR_SESSION_EXISTS' })
  assert.deepEqual(await stored(sid), { a: 1 })
})

test('without express-session', async () => {
  const { store } = open()
  const sid = await create(store, { a: 1 })
  const data = await store.get(sid)
  data.b = 2
  await store.set(sid, data)
  assert.deepEqual(await stored(sid), { a: 1, b: 2 })
  assert.equal(await store.get('none'), null)
  assert.deepEqual((await store.ids()).includes(sid), true)
})

test('a serializer of its own', async () => {
  const serializer = { stringify: s => Math.random() + '|' + JSON.stringify(s), parse: async text => JSON.parse(text.slice(text.indexOf('|') + 1)) }
  const { store } = open({ serializer, prefix: 'own:' })
  const sid = await create(store, { a: 1 })
  const [x, y] = [await load(store, sid), await load(store, sid)]
  x.x = 1
  y.y = 1
  await save(x)
  await save(y)
  const { cookie, ...data } = await store.get(sid)
  assert.deepEqual(data, { a: 1, x: 1, y: 1 })
})

test('errors come to the callback', async () => {
  const { store } = open()
  const sid = await create(store, {})
  const session = await load(store, sid)
  await client.del('sess:' + sid)
  await client.hSet('sess:' + sid, 'a', 'b')
  await assert.rejects(save(session), /WRONGTYPE/)
  await assert.rejects(load(store, sid), /WRONGTYPE/)
  await client.set('sess:' + sid, '{')
  await assert.rejects(load(store, sid), SyntaxError)
  session.loop = session
  await assert.rejects(save(session), TypeError)
})

test('what is not for it', () => {
  assert.throws(() => safeStore(), TypeError)
  assert.throws(() => safeStore(new expressSession.MemoryStore()), TypeError)
  assert.throws(() => safeStore(new RedisStore({ client: { evalsha () {} } })), TypeError)
})
