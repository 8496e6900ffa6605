'use strict'
// Makes the vectors in store/mongostore/envelope/testdata with the packages
// themselves. In that directory:
//
//   node ../../../../interop/envelope/vectors.js envelopes >envelopes.json
//   node ../../../../interop/envelope/vectors.js text >text.json
const { promisify } = require('util')
const crypto = require('crypto')

const name = p => { const { name, version } = require(p + '/package.json'); return name + ' ' + version }
const cookie = { originalMaxAge: 60000, expires: '2026-11-21T04:15:48.784Z', httpOnly: true, path: '/' }
const plain = { cookie, views: 1 }
const odd = { cookie, name: 'é€😀', half: '\ud800', spaces: '\u2028\u2029', signs: '<>&"\\\n\u0000', spelled: '\\u2028\\ud800\\ufffd\ufffd' }
const secret = 'S3cret!! of two UPPER 42 é€'
const defaults = { secret, algorithm: 'aes-256-gcm', hashing: 'sha512', encodeas: 'base64', key_size: 32, iv_size: 16, at_size: 16 } // connect-mongo's
const variants = [
  { encodeas: 'hex' }, { encodeas: 'base64url' }, { hashing: 'sha384' }, { hashing: 'sha256', encodeas: 'hex' },
  { algorithm: 'aes-192-gcm', key_size: 24 }, { algorithm: 'aes-128-gcm', key_size: 16 }, { _iv_size: 16 }
]

async function envelopes () {
  const vectors = []
  const add = (by, options, form, session, envelope) =>
    vectors.push({ by, options, form, secret, session: JSON.stringify(session), envelope })
  for (const p of ['kruptein-3.0', 'kruptein-3.1.1', 'kruptein-3.1', 'kruptein-3.2', 'kruptein-3.3', 'kruptein-3.4']) {
    const seal = (options, session) => {
      const k = require(p)({ ...defaults, ...options })
      return promisify(k.set).bind(k)(secret, session)
    }
    for (const session of [plain, odd]) {
      add(name(p), {}, 'string', session, await seal({}, JSON.stringify(session)))
      add(name(p), {}, 'object', session, await seal({}, session))
    }
    if (/3\.1$|3\.2/.test(p)) continue // of one format with 3.3
    for (const options of variants) {
      if (options.key_size === 16 && /3\.[34]/.test(p)) continue // these refuse it
      add(name(p), options, 'string', plain, await seal(options, JSON.stringify(plain)))
    }
  }
  const connectMongo3 = require('connect-mongo-3/src/crypto.js')
  for (const options of [{}, { hashing: 'sha256' }, { iv_size: 12 }]) {
    connectMongo3.init({ secret, ...options })
    for (const session of [plain, odd]) add(name('connect-mongo-3'), options, 'object', session, JSON.stringify(connectMongo3.set(session)))
  }
  const { createKrupteinAdapter, createWebCryptoAdapter } = require('connect-mongo')
  for (const session of [plain, odd]) {
    const text = JSON.stringify(session)
    add(name('connect-mongo') + ' createKrupteinAdapter', {}, 'string', session, await createKrupteinAdapter({ secret }).encrypt(text))
    for (const options of [{}, { encoding: 'hex' }, { encoding: 'base64url' }, { salt: 'pepper', iterations: 1000 }]) {
      add(name('connect-mongo') + ' createWebCryptoAdapter', options, 'string', session, await createWebCryptoAdapter({ secret, ...options }).encrypt(text))
    }
  }
  return vectors
}

function text () {
  const inputs = []
  const starts = [0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
  const nexts = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xe2, 0xf0]
  for (const a of starts) {
    inputs.push([a])
    for (const b of nexts) { inputs.push([a, b]); inputs.push([a, b, 0x80]); inputs.push([a, b, 0xbf, 0x80]); inputs.push([a, b, 0x80, 0x41]) }
  }
  inputs.push([0xef, 0xbb, 0xbf, 0x41], [0xef, 0xbf, 0xbd], [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80])
  for (let i = 0; i < 32; i++) inputs.push([...crypto.randomBytes(128)])
  return inputs.map(i => ({ bytes: Buffer.from(i).toString('hex'), text: Buffer.from('' + Buffer.from(i)).toString('hex') }))
}

const print = list => console.log('[\n' + list.map(v => JSON.stringify(v)).join(',\n') + '\n]')
if (process.argv[2] === 'text') print(text())
else envelopes().then(print)
