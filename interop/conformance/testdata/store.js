// The store that express-session is given, and the options it is given it with.
'use strict'

const ttl = 86400000 // of sessions without a lifetime of their own

module.exports = session => {
  // instant is when a session expires, by the rule that the usual stores share.
  function instant (sess) {
    const e = sess.cookie && sess.cookie.expires
    return e ? new Date(e).getTime() : Date.now() + ttl
  }

  // othersData is what another request makes of a record.
  function othersData (data) {
    return data.slice(0, -1) + (data.endsWith(',"other":1}') ? '1}' : ',"other":1}')
  }

  // Store keeps records as connect-redis does, in memory: what has expired is not
  // there, and a touch moves the expiry only. It notes each call.
  class StoreClass extends session.Store {
    constructor (world, options, trace) {
      super()
      Object.assign(this, { records: world.records, options, trace, at: -1 })
    }

    note (op, cb) {
      op.at = this.at
      this.trace.ops.push(op)
      if (this.options.fail === op.do || (this.options.fail === 'set' && (op.do === 'create' || op.do === 'save'))) {
        op.failed = true
        if (cb) process.nextTick(cb, new Error('the store has failed'))
        return false
      }
      return true
    }

    // record returns a record that has not expired.
    record (id) {
      const r = this.records.get(id)
      return r && (r.expires > Date.now() || this.options.lenient) ? r : undefined
    }

    get (id, cb) {
      if (!this.note({ do: 'get', id }, cb)) return
      const r = this.record(id)
      let sess
      try { sess = r && JSON.parse(r.data) } catch (err) { return process.nextTick(cb, err) }
      process.nextTick(cb, null, sess)
    }

    set (id, sess, cb) {
      const data = JSON.stringify(sess)
      const expires = instant(sess)
      if (!this.note({ do: this.record(id) ? 'save' : 'create', id, data, expires }, cb)) return
      this.records.set(id, { id, data, expires })
      process.nextTick(cb)
    }

    touch (id, sess, cb) {
      const expires = instant(sess)
      if (!this.note({ do: 'touch', id, expires }, cb)) return
      const r = this.record(id)
      if (r) r.expires = expires
      process.nextTick(cb)
    }

    destroy (id, cb) {
      if (!this.note({ do: 'delete', id, found: !!this.record(id) }, cb)) return
      this.records.delete(id)
      if (cb) process.nextTick(cb)
    }

    // meddle is what another request does to a record meanwhile.
    meddle (id, what) {
      const r = this.record(id)
      if (!r) return
      this.trace.ops.push({ do: what, id, at: this.at })
      if (what === 'logout') this.records.delete(id)
      else this.records.set(id, { ...r, data: othersData(r.data) })
    }

    live () {
      return [...this.records.values()].filter(r => r.expires > Date.now()).map(r => ({ ...r })).sort((a, b) => a.id < b.id ? -1 : 1)
    }
  }

  function middleware (store, o, trace, number) {
    const { maxAge, expires, ...rest } = o.cookie || {}
    const cookie = rest
    if (maxAge !== undefined) cookie.maxAge = maxAge
    if (expires !== undefined) cookie.expires = new Date(expires)
    return session({
      store,
      name: o.name,
      secret: o.secrets.length === 1 ? o.secrets[0] : o.secrets,
      resave: !!o.resave,
      saveUninitialized: !!o.saveUninitialized,
      rolling: o.rolling,
      unset: o.unset,
      proxy: o.proxy,
      genid: () => { trace.ids++; return o.id || `r${number + 1}.${trace.ids}` },
      cookie: o.cookieFunc ? () => { trace.asked++; return cookie } : cookie
    })
  }

  return { Store: StoreClass, middleware, instant, othersData }
}
