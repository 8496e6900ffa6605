// How an Express application makes its session store, for each engine: a
// function of the engine's address. Pools have their packages' defaults.
'use strict'

const path = require('path')
const session = require('express-session')

module.exports = {
  memory: async () => new session.MemoryStore(),

  redis: async url => {
    const { RedisStore } = require('connect-redis')
    const client = require('redis').createClient({ url })
    await client.connect()
    return new RedisStore({ client })
  },

  postgres: async url => {
    const PGStore = require('connect-pg-simple')(session)
    const { Pool } = require('pg')
    return ready(new PGStore({ pool: new Pool({ connectionString: url }), createTableIfMissing: true }))
  },

  mysql: async url => {
    const MySQLStore = require('express-mysql-session')(session)
    const store = new MySQLStore({}, require('mysql2/promise').createPool({ uri: url }))
    await store.onReady()
    return store
  },

  sqlite: async file => {
    const SQLiteStore = require('connect-sqlite3')(session)
    return ready(new SQLiteStore({ dir: path.dirname(file), db: path.basename(file) }))
  },

  mongodb: async mongoUrl => {
    const { MongoStore } = require('connect-mongo')
    // FerretDB has no indexes that delete what has expired.
    return ready(MongoStore.create({ mongoUrl, autoRemove: 'disabled' }))
  }
}

// ready waits for the first operation, which makes the table where there is one.
function ready (store) {
  return new Promise((resolve, reject) => store.get('nobody', err => err ? reject(err) : resolve(store)))
}
