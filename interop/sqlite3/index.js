// The part of the package sqlite3 that connect-sqlite3 uses, on libsql: the
// original downloads its binary from elsewhere when it is installed, this one
// comes with npm. Statements run in order, and callbacks later, as there.
'use strict'

const Libsql = require('libsql')

class Database {
  constructor (path, mode, opened) {
    if (typeof mode === 'function') opened = mode
    this.db = new Libsql(path)
    this.db.pragma('busy_timeout = 10000')
    if (opened) setImmediate(opened, null)
  }

  exec (sql, done) {
    return this.#later(done, () => { this.db.exec(sql) })
  }

  run (sql, params, done) {
    return this.#prepared(sql, params, done, (statement, values) => { statement.run(...values) })
  }

  get (sql, params, done) {
    return this.#prepared(sql, params, done, (statement, values) => statement.get(...values))
  }

  all (sql, params, done) {
    return this.#prepared(sql, params, done, (statement, values) => {
      if (statement.reader) return statement.all(...values)
      statement.run(...values) // connect-sqlite3 inserts with it
      return []
    })
  }

  close (done) {
    return this.#later(done, () => { this.db.close() })
  }

  #prepared (sql, params, done, work) {
    if (typeof params === 'function') [params, done] = [[], params]
    const values = params === undefined ? [] : [].concat(params)
    return this.#later(done, () => work(this.db.prepare(sql), values))
  }

  #later (done, work) {
    let err = null
    let result
    try {
      result = work()
    } catch (e) {
      err = e
    }
    if (done) setImmediate(() => done.call(this, err, result))
    return this
  }
}

module.exports = { Database, verbose: () => module.exports }
