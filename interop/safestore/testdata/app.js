'use strict'
// An Express application whose requests can be held between their load and their
// save. REDIS_URL and SESSION_SECRET are required, SAFE=1 protects its store, and
// CLUSTER=1 says that the URL is that of a cluster's node.
const express = require('express')
const session = require('express-session')
const { RedisStore } = require('connect-redis')
const { createClient, createCluster } = require('redis')
const { safeStore } = require('../../safe-store')

const gates = new Map()
const gate = name => {
  if (!gates.has(name)) gates.set(name, { held: [], watchers: [] })
  return gates.get(name)
}

// hold resolves when the gate is opened.
const hold = name => new Promise(resolve => {
  const g = gate(name)
  g.held.push(resolve)
  g.watchers = g.watchers.filter(({ n, done }) => g.held.length < n || done())
})

async function main () {
  const client = process.env.CLUSTER === '1'
    ? createCluster({ rootNodes: [{ url: process.env.REDIS_URL }] })
    : createClient({ url: process.env.REDIS_URL })
  client.on('error', console.error)
  await client.connect()
  let store = new RedisStore({ client })
  let gone = 0
  if (process.env.SAFE === '1') {
    store = safeStore(store)
    store.on('gone', () => gone++)
  }

  const app = express()
  // Those of the test itself have no session.
  app.get('/held', (req, res) => { // answers when n requests are held
    const g = gate(req.query.gate)
    const n = Number(req.query.n)
    const done = () => { res.end() }
    if (g.held.length >= n) done()
    else g.watchers.push({ n, done })
  })
  app.get('/open', (req, res) => {
    for (const resolve of gate(req.query.gate).held) resolve()
    gates.delete(req.query.gate)
    res.end()
  })
  app.get('/gone', (req, res) => { res.end(String(gone)) })

  app.use(session({ store, secret: process.env.SESSION_SECRET, resave: process.env.RESAVE === '1', saveUninitialized: false }))
  app.get('/login', (req, res, next) => {
    req.session.regenerate(err => {
      if (err) return next(err)
      req.session.user = 'alice'
      res.end()
    })
  })
  app.get('/set', async (req, res) => {
    if (req.session.user !== 'alice') return res.status(401).end()
    if (req.query.gate) await hold(req.query.gate)
    req.session[req.query.key] = req.query.value
    res.end()
  })
  app.get('/show', (req, res) => { res.json(req.session) })
  app.get('/logout', (req, res, next) => {
    req.session.destroy(err => err ? next(err) : res.end())
  })
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
}

main().catch(err => { console.error(err); process.exit(1) })
