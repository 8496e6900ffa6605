// An Express application whose sessions are cookie-session's. It counts views.
'use strict'
const express = require('express')
const cookieSession = require('cookie-session')

const app = express()
app.use(cookieSession({ name: 'session', keys: process.env.KEYS.split(','), sameSite: 'lax' }))
app.get('/view', (req, res) => {
  req.session.views = (req.session.views || 0) + 1
  res.json(req.session)
})
app.get('/show', (req, res) => res.json(req.session))
app.get('/logout', (req, res) => {
  req.session = null
  res.end()
})
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
