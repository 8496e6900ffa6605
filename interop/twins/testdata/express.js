// Express applications with sessions on one engine, as many as are asked for:
// their options come as lines of JSON on standard input, and their addresses go
// to standard output. They do what twin_test.go does in Go.
'use strict'

const readline = require('readline')
const express = require('express')
const session = require('express-session')
const { Passport } = require('passport')
const stores = require('./stores.js')

// What a request can do with its session.
const verbs = {
  get: (req, key) => JSON.stringify(req.session[key]),
  keys: req => JSON.stringify(Object.keys(req.session).filter(key => key !== 'cookie')),
  set: (req, key, value) => { req.session[key] = value },
  add: (req, key, n) => { req.session[key] = (req.session[key] || 0) + n },
  delete: (req, key) => { delete req.session[key] },
  maxAge: (req, ms) => { req.session.cookie.maxAge = ms },
  originalMaxAge: req => JSON.stringify(req.session.cookie.originalMaxAge),
  discard: req => { req.session = null },
  save: req => done(cb => req.session.save(cb)),
  regenerate: req => done(cb => req.session.regenerate(cb)),
  destroy: req => done(cb => req.session.destroy(cb)),
  hold: (req, name) => req.app.locals.gates.hold(name)
}

const done = f => new Promise((resolve, reject) => f(err => err ? reject(err) : resolve()))

// Gates are where requests wait until the test lets them go on.
class Gates {
  #gates = new Map()

  #gate (name) {
    if (!this.#gates.has(name)) {
      const gate = {}
      gate.reached = new Promise(resolve => { gate.reach = resolve })
      gate.opened = new Promise(resolve => { gate.open = resolve })
      this.#gates.set(name, gate)
    }
    return this.#gates.get(name)
  }

  hold (name) {
    this.#gate(name).reach()
    return this.#gate(name).opened
  }

  reached (name) { return this.#gate(name).reached }
  open (name) { this.#gate(name).open() }
}

function application (store, { secrets, maxAge, rolling }) {
  const app = express()
  const gates = app.locals.gates = new Gates()
  // express-session looks at this array on every request.
  const secret = [...secrets]
  const passport = new Passport()
  passport.serializeUser((user, cb) => cb(null, user.id))
  passport.deserializeUser((id, cb) => cb(null, { id }))

  app.use(express.json({ strict: false }))
  app.post('/control/reached/:name', async (req, res) => { await gates.reached(req.params.name); res.end() })
  app.post('/control/open/:name', (req, res) => { gates.open(req.params.name); res.end() })
  app.post('/control/secrets', (req, res) => { secret.splice(0, secret.length, ...req.body); res.end() })
  app.use(session({
    store,
    secret,
    resave: false,
    saveUninitialized: false,
    rolling,
    cookie: maxAge ? { maxAge } : {}
  }))
  app.use(passport.session())
  app.post('/login', async (req, res) => {
    await done(cb => req.logIn({ id: req.body }, cb))
    res.json({ id: req.sessionID })
  })
  app.post('/logout', async (req, res) => {
    await done(cb => req.session.destroy(cb))
    res.json({})
  })
  app.post('/me', (req, res) => res.json({ id: req.sessionID, out: [JSON.stringify(req.user ? req.user.id : null)] }))
  app.post('/steps', async (req, res) => {
    const out = []
    for (const [verb, ...args] of req.body) out.push(await verbs[verb](req, ...args))
    res.json({ id: req.sessionID, out })
  })
  return app
}

async function main () {
  const make = await stores[process.env.ENGINE](process.env.ADDRESS)
  // The first operation creates the table, where there is one.
  await done(cb => make().get('nobody', cb))
  console.log('ready')
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const options = JSON.parse(line)
    const app = application(make(options), options)
    const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
  }
}

main()
