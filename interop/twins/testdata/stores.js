// How an Express application makes its session store, for each engine: a
// function of the engine's address that returns one that makes stores, each with
// the defaults of its package where nothing else is said.
'use strict'

const path = require('path')
const session = require('express-session')

module.exports = {
  redis: async url => {
    const { createClient } = require('redis')
    const { RedisStore } = require('connect-redis')
    const client = createClient({ url })
    client.on('error', err => console.error(err))
    await client.connect()
    return () => new RedisStore({ client })
  },

  postgres: async url => {
    const { Pool } = require('pg')
    const PGStore = require('connect-pg-simple')(session)
    const pool = new Pool({ connectionString: url, max: 5 })
    return () => new PGStore({ pool, createTableIfMissing: true })
  },

  mysql: async url => {
    const pool = require('mysql2/promise').createPool({ uri: url, connectionLimit: 5 })
    const MySQLStore = require('express-mysql-session')(session)
    await new MySQLStore({}, pool).onReady() // has made the table
    return () => new MySQLStore({}, pool)
  },

  sqlite: async file => {
    const SQLiteStore = require('connect-sqlite3')(session)
    return () => new SQLiteStore({ dir: path.dirname(file), db: path.basename(file) })
  },

  mongodb: url => mongodb(url, {}),
  'mongodb documents': url => mongodb(url, { stringify: false }),
  'mongodb encrypted': url => mongodb(url, { crypto: { secret: 'a secret of connect-mongo that the twins share' } })
}

async function mongodb (url, options) {
  const { MongoClient } = require('mongodb')
  const { MongoStore } = require('connect-mongo')
  const client = await MongoClient.connect(url)
  // FerretDB has no indexes that delete what has expired.
  return ({ touchAfter, collection } = {}) => MongoStore.create({
    client, touchAfter, collectionName: collection, autoRemove: 'disabled', ...options
  })
}
