// What the Node packages do with one cookie each. They are found by NODE_PATH.
'use strict'
const http = require('http')
const express = require('express')
const cookieParser = require('cookie-parser')
const cookieSession = require('cookie-session')
const Cookies = require('cookies')

const now = 946684800000 // 2000-01-01, when the clock of testing/synctest begins
Date.now = () => now

// What a response holds after fn(req, res).
function exchange (headers, fn) {
  const app = express()
  const req = Object.setPrototypeOf(new http.IncomingMessage({ encrypted: false }), app.request)
  const res = Object.setPrototypeOf(new http.ServerResponse(req), app.response)
  Object.assign(req.headers, headers)
  Object.assign(req, { res, app, method: 'GET', url: '/' })
  Object.assign(res, { req, app })
  const result = fn(req, res)
  const set = res.getHeader('Set-Cookie')
  return { result, set: set === undefined ? [] : [].concat(set) }
}

const encoders = { identity: s => s, quoted: s => '"' + s + '"' }

function write (c) {
  const o = { ...c.options }
  if ('expires' in o) o.expires = new Date(o.expires)
  if ('encode' in o) o.encode = encoders[o.encode]
  try {
    const { set } = exchange({}, (req, res) => {
      req.secret = c.secret
      c.clear ? res.clearCookie(c.name, o) : res.cookie(c.name, c.value, o)
    })
    return { ...c, set: set[0] }
  } catch (err) {
    return { ...c, error: err.message }
  }
}

function read (c) {
  const { result } = exchange({ cookie: c.header }, (req, res) => {
    cookieParser(c.secrets)(req, res, () => {})
    return { cookies: { ...req.cookies }, signed: { ...req.signedCookies } }
  })
  return { ...c, ...result }
}

function setPair (c) {
  const o = { ...c.options }
  if ('expires' in o) o.expires = new Date(o.expires)
  try {
    const { set } = exchange({}, (req, res) => {
      new Cookies(req, res, { keys: c.keys, secure: o.secure }).set(c.name, c.value, { overwrite: true, signed: true, ...o })
    })
    return { ...c, set }
  } catch (err) {
    return { ...c, error: err.message }
  }
}

function getPair (c) {
  const { result, set } = exchange({ cookie: c.header }, (req, res) => {
    const v = new Cookies(req, res, { keys: c.keys }).get(c.name, { signed: true })
    return v === undefined ? null : v
  })
  return { ...c, value: result, set }
}

function session ({ keys, header, change }) {
  const { result, set } = exchange(header ? { cookie: header } : {}, (req, res) => {
    cookieSession({ keys, name: 'session' })(req, res, () => {})
    const before = JSON.stringify(req.session)
    if (change === null) req.session = null
    else Object.assign(req.session, change)
    res.writeHead(200)
    return before
  })
  return { keys, header, change, before: result, set }
}

module.exports = { now, write, read, setPair, getPair, session }
