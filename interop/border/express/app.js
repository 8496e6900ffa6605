// The shop as it was before: Express 5, express-session, connect-redis, and
// passport-local with its users in PostgreSQL.
'use strict'

const bcrypt = require('bcrypt')
const express = require('express')
const passport = require('passport')
const { Strategy } = require('passport-local')
const pg = require('pg')
const redis = require('redis')
const page = require('./page')
const session = require('./session')

const users = new pg.Pool({ connectionString: process.env.DATABASE_URL })

async function user (column, value) {
  const { rows } = await users.query(`SELECT id, username, password FROM users WHERE ${column} = $1`, [value])
  return rows[0] || false
}

passport.use(new Strategy(async (username, password, done) => {
  try {
    const found = await user('username', username)
    done(null, found && await bcrypt.compare(password, found.password) ? found : false)
  } catch (err) {
    done(err)
  }
}))
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => user('id', id).then(found => done(null, found), done))

// flash keeps a message for the next page, as connect-flash does.
function flash (req, text) {
  const messages = req.session.flash ??= {}
  ;(messages.info ??= []).push(text)
}

function take (req) {
  const messages = req.session.flash?.info ?? []
  delete req.session.flash
  return messages
}

const show = (req, res, name) => res.send(page(name, req.user, req.session, take(req)))
const loggedIn = (req, res, next) => req.user ? next() : res.redirect(303, '/login')

async function main () {
  const client = redis.createClient({ url: process.env.REDIS_URL })
  client.on('error', err => console.error(err))
  await client.connect()

  const app = express()
  app.set('trust proxy', 'loopback')
  app.use(express.urlencoded({ extended: false }))
  app.use(session(client))
  app.use(passport.session())

  app.get('/', (req, res) => show(req, res, 'Home'))
  app.post('/cart', (req, res) => {
    req.session.cart = [...req.session.cart ?? [], req.body.item]
    res.redirect(303, '/')
  })
  app.get('/dashboard', loggedIn, (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    show(req, res, 'Dashboard')
  })
  app.get('/settings', loggedIn, (req, res) => show(req, res, 'Settings'))
  app.post('/settings/theme', loggedIn, (req, res) => {
    req.session.theme = req.body.theme
    flash(req, 'The theme is changed.')
    res.redirect(303, '/')
  })
  app.post('/settings/password', loggedIn, async (req, res, next) => {
    const hash = await bcrypt.hash(req.body.password, 10)
    await users.query('UPDATE users SET password = $1 WHERE id = $2', [hash, req.user.id])
    req.login(req.user, { keepSessionInfo: true }, err => err ? next(err) : res.redirect(303, '/settings'))
  })
  app.get('/login', (req, res) => show(req, res, 'Login'))
  app.post('/login', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login' }))
  app.post('/logout', (req, res, next) => req.logout(err => err ? next(err) : res.redirect(303, '/')))

  const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(server.address().port))
}

main().catch(err => {
  console.error(err)
  process.exit(1)
})
