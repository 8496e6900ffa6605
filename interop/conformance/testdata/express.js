// Speaks the control protocol of package conformance for express-session: each
// line of standard input is a JSON array of cases, each line of standard output
// the array of what came of them. There is no network and no time but the case's.
'use strict'

let now = 0 // of the case, in milliseconds
const RealDate = Date
globalThis.Date = class Date extends RealDate {
  constructor (...args) { if (args.length) super(...args); else super(now) }
  static now () { return now }
}

const { createRequire } = require('module')
const { IncomingMessage, ServerResponse } = require('http')
const session = require('express-session')
const own = createRequire(require.resolve('express-session'))
const serialize = own('cookie').serialize
const sign = own('cookie-signature').sign
const version = own('./package.json').version
const { Store, middleware, instant, othersData } = require('./store.js')(session)

// exchange makes one request and returns what came of it.
function exchange (world, options, request, number, used) {
  const trace = { status: 0, setCookie: [], ops: [], sent: request.cookie || '', asked: 0, ids: used, acts: [] }
  const store = new Store(world, options, trace)
  const handle = middleware(store, options, trace, number)
  const req = new IncomingMessage({ encrypted: !!request.https, remoteAddress: '127.0.0.1' })
  req.method = request.method || 'GET'
  req.url = request.path || '/'
  if (request.jar) trace.sent = world.jar
  if (trace.sent) req.headers.cookie = trace.sent
  if (request.proto) req.headers['x-forwarded-proto'] = request.proto
  const res = new ServerResponse(req)
  const secret = options.secrets[0]
  const name = options.name || 'connect.sid'

  // settings are those of the cookie, but for the instant.
  function settings () {
    if (!req.session) return ''
    const { expires, ...rest } = req.session.cookie.data
    return JSON.stringify(rest)
  }
  // state is what the session is once it is touched, and what its cookie would be.
  function state () {
    if (!req.session) return null
    const c = req.session.cookie
    const { _expires, originalMaxAge } = c
    c.maxAge = originalMaxAge
    const s = { id: req.sessionID, data: JSON.stringify(req.session), expires: instant(req.session), settings: settings() }
    try {
      s.cookie = serialize(name, 's:' + sign(req.sessionID, secret), c.data)
      s.clear = serialize(name, '', { ...c.data, expires: new RealDate(0) })
    } catch (e) { s.cookie = e.message } // which the other side cannot send
    c._expires = _expires
    c.originalMaxAge = originalMaxAge
    return s
  }

  return new Promise((resolve, reject) => {
    const end = res.end
    res.end = function () { // below express-session, which calls it when it is done
      const r = end.apply(res, arguments)
      trace.status = res.statusCode
      trace.setCookie = [].concat(res.getHeader('Set-Cookie') || [])
      trace.left = state()
      for (const c of trace.setCookie) world.jar = c.split(';')[0]
      trace.records = store.live()
      setImmediate(() => resolve(trace)) // errors after the end come first
      return r
    }
    function fail (err) {
      if (res.headersSent) return // as Express does
      res.statusCode = 500
      res.end('error')
    }
    let passed = false
    function next (err) {
      if (err || passed) return fail(err)
      passed = true
      trace.start = state()
      let i = 0
      function step () {
        trace.acts.push({ settings: settings() })
        if (i === request.actions.length) { store.at = i; return res.end('ok') }
        store.at = i
        const a = request.actions[i++]
        try { act(a, err => {
          if (err) trace.acts.at(-1).error = err.message
          if (a.do === 'save') trace.acts.at(-1).saved = state()
          step()
        }) } catch (e) {
          store.at = request.actions.length
          fail(e)
        }
      }
      step()
    }
    function act (a, done) {
      const s = req.session
      if (a.do === 'throw') throw new Error('thrown')
      if (a.do === 'flush') { res.flushHeaders(); return done() }
      if (a.do === 'other' || a.do === 'logout') { store.meddle(req.sessionID, a.do); return done() }
      if (!s) return done() // there is nothing that the handler could do
      switch (a.do) {
        case 'noop': break
        case 'modify': s.n = (s.n || 0) + 1; break
        case 'set': s[a.key] = JSON.parse(a.value); break
        case 'delete': delete s[a.key]; break
        case 'revert': {
          const had = Object.hasOwn(s, 'n'); const n = s.n
          s.n = 'changed'
          if (had) s.n = n; else delete s.n
          break
        }
        case 'reorder': {
          if (!Object.hasOwn(s, 'n')) break
          const n = s.n
          delete s.n
          s.n = n
          break
        }
        case 'clear': for (const k of Object.keys(s)) if (k !== 'cookie') delete s[k]; break
        case 'touch': s.touch(); break
        case 'discard': req.session = null; break
        case 'save': return s.save(done)
        case 'reload': return s.reload(done)
        case 'regenerate': return s.regenerate(done)
        case 'destroy': return s.destroy(done)
        case 'maxAge': s.cookie.maxAge = a.ms === undefined ? null : a.ms; break
        case 'expires': s.cookie.expires = a.ms === undefined ? null : new Date(now + a.ms); break
        case 'httpOnly': s.cookie.httpOnly = !!a.on; break
        case 'secure':
          if (a.on) s.cookie.secure = true
          else if (s.cookie.secure) s.cookie.secure = options.cookie.secure === 'auto' ? false : undefined
          break
        case 'partitioned': s.cookie.partitioned = a.on || undefined; break
        case 'path': case 'domain': case 'sameSite': case 'priority': s.cookie[a.do] = a.value || undefined; break
        default: throw new Error('no such action: ' + a.do)
      }
      done()
    }
    try { handle(req, res, next) } catch (e) { reject(e) }
  })
}

async function run (c) {
  now = c.start
  const world = { records: new Map(c.records.map(r => [r.id, r])), jar: '' }
  const steps = []
  for (const [i, request] of c.requests.entries()) {
    now += request.wait || 0
    const before = [...world.records.values()].map(r => ({ ...r }))
    const jar = world.jar
    // vary makes a request that then has not happened.
    function vary (v, used) {
      const records = before.filter(r => !(v.hide || []).includes(r.id)).map(r => ({ ...r }))
      for (const r of records) {
        for (const m of v.masks || []) r.data = r.data.replace(m.is, m.as)
        for (let n = 0; n < v.others; n++) r.data = othersData(r.data)
      }
      return exchange({ jar, records: new Map(records.map(r => [r.id, r])) }, v.options, v.request, i, used)
    }
    const step = { now, tails: [] }
    step.main = await exchange(world, c.options, request, i, 0)
    if (request.instead) step.instead = await vary(request.instead, 0)
    if (request.prefix) step.prefix = await vary(request.prefix, 0)
    if (request.merged) step.merged = await vary(request.merged, 0)
    for (const tail of request.tails || []) {
      step.tails.push(await vary(tail, (step.tails.at(-1) || step.instead || step.main).ids))
    }
    steps.push(step)
  }
  return { steps }
}

const lines = require('readline').createInterface({ input: process.stdin })
console.log('express-session ' + version)
;(async () => {
  for await (const line of lines) {
    const out = []
    for (const c of JSON.parse(line)) {
      try { out.push(await run(c)) } catch (e) { out.push({ error: e.stack }) }
    }
    process.stdout.write(JSON.stringify(out) + '\n')
  }
})()
