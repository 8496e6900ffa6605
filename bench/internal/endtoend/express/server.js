// The application of bench/internal/app as an Express application, with the
// settings that express-session and the store recommend. It prints its address
// when it is ready and ends when its standard input does.
'use strict'

const express = require('express')
const session = require('express-session')
const stores = require('./stores.js')

const { ENGINE, ADDRESS, SECRET, USER_NAME, ROLE, NUMBER, MAX_AGE } = process.env

async function main () {
  const app = express()
  if (ENGINE !== 'none') {
    app.use(session({
      store: await stores[ENGINE](ADDRESS),
      secret: SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: MAX_AGE ? { maxAge: Number(MAX_AGE) } : {}
    }))
  }
  app.get('/pass', (req, res) => { res.send('ok') })
  app.get('/read', (req, res) => {
    if (req.session.user !== USER_NAME) return res.status(401).send('no such session')
    res.send('ok')
  })
  app.get('/readwrite', (req, res) => {
    req.session.n++
    res.send('ok')
  })
  app.get('/create', (req, res) => {
    req.session.user = USER_NAME
    req.session.role = ROLE
    req.session.n = Number(NUMBER)
    res.send('ok')
  })
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}`)
  })
  process.stdin.resume().on('end', () => process.exit())
}

main()
