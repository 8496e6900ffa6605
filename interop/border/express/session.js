// session.js
const session = require('express-session')
const { RedisStore } = require('connect-redis')

module.exports = redis => session({
  store: new RedisStore({ client: redis, prefix: 'sess:', ttl: 86400 }),
  name: 'connect.sid',
  secret: process.env.SESSION_SECRET.split(','), // the first signs, all are accepted
  resave: false,
  saveUninitialized: false,
  cookie: { secure: true, sameSite: 'lax', maxAge: 7 * 24 * 60 * 60 * 1000 }
})
