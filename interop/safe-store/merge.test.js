'use strict'

const test = require('node:test')
const assert = require('node:assert/strict')
const { members, merge } = require('./merge')

const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }
const at = s => new Date(Date.UTC(2026, 10, 21, 4, 0, s)).toISOString()

function merged (base, theirs, ours) {
  return merge(theirs, base, members(base), { members: members(ours), values: ours })
}

test('changes by name', () => {
  for (const [what, base, theirs, ours, want] of [
    ['different names', { a: 1 }, { a: 1, b: 2 }, { a: 1, c: 3 }, { a: 1, b: 2, c: 3 }],
    ['the same name', { a: 1 }, { a: 2 }, { a: 3 }, { a: 3 }],
    ['ours deleted', { a: 1, b: 1 }, { a: 1, b: 1, c: 1 }, { b: 1 }, { b: 1, c: 1 }],
    ['theirs deleted', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 2 }, { b: 2 }],
    ['theirs deleted what ours changed', { a: 1 }, {}, { a: 2 }, { a: 2 }],
    ['ours deleted what theirs changed', { a: 1 }, { a: 2 }, {}, {}],
    ['both deleted', { a: 1 }, {}, {}, {}],
    ['nothing of ours', { a: 1 }, { a: 2, b: 3 }, { a: 1 }, { a: 2, b: 3 }],
    ['within a value', { a: { x: 1 } }, { a: { x: 1, y: 2 } }, { a: { x: 1, z: 3 } }, { a: { x: 1, z: 3 } }],
    ['order', { a: 1 }, { b: 2, a: 1 }, { a: 9, c: 3 }, { b: 2, a: 9, c: 3 }],
    ['a name that is special', { a: 1 }, JSON.parse('{"__proto__":{"x":1}}'), { b: 1 }, JSON.parse('{"__proto__":{"x":1},"b":1}')]
  ]) {
    assert.equal(JSON.stringify(merged(base, theirs, ours)), JSON.stringify(want), what)
  }
})

test('the cookie', () => {
  const hour = { ...cookie, originalMaxAge: 3600000, expires: at(0) }
  const month = { ...cookie, originalMaxAge: 2592000000, expires: at(50) }
  for (const [what, base, theirs, ours, want] of [
    ['none has changed', cookie, cookie, cookie, cookie],
    ['both have moved it', hour, { ...hour, expires: at(9) }, { ...hour, expires: at(5) }, { ...hour, expires: at(9) }],
    ['ours is later', hour, { ...hour, expires: at(5) }, { ...hour, originalMaxAge: 3599998, expires: at(9) }, { ...hour, expires: at(9) }],
    ['theirs was changed', hour, month, { ...hour, originalMaxAge: 3599998, expires: at(59) }, month],
    ['ours was changed', hour, { ...hour, expires: at(5) }, month, month],
    ['both were changed', hour, cookie, month, month],
    ['theirs from none', cookie, month, cookie, month],
    ['another attribute', cookie, cookie, { ...cookie, sameSite: 'lax' }, { ...cookie, sameSite: 'lax' }],
    ['theirs has none', cookie, undefined, cookie, undefined]
  ]) {
    const got = merged({ cookie: base }, theirs ? { cookie: theirs } : {}, { cookie: ours })
    assert.deepEqual(got.cookie, want, what)
  }
})
