// Makes node.json: what the Node packages do with these cookies. Run it with those
// of the module interop:
//
//	NODE_PATH=interop/node_modules node cookie/testdata/vectors.js > cookie/testdata/node.json
'use strict'
const { now, write, read, setPair, getPair, session: sessionOf } = require('./packages.js')

const secrets = ['keyboard cat', 'an older secret', 'é']
const session = (keys, header, change) => sessionOf({ keys, header, change })

const texts = ['', 'dark', 'a b', 'a+b&c=d;e,f"g', 'é', '€', '\u{1F36A}', '%', '%41', 's:apple', 'j:{}', "-_.!~*'()", '\u0000\t\n\u007f', 'a.b.', '"q"', '\u2028']
const values = [{}, [], null, { a: 1 }, { '<': '&>' }, { s: '\u2028é\u{1F36A}"\\' }, [1, 'x', null, true, 1e21, 1e-7], { n: { m: [{}] } }]
const settings = [
  {}, { path: '/admin' }, { path: '/a b' }, { domain: 'example.com' }, { domain: '.example.com' }, { httpOnly: true }, { secure: true },
  { maxAge: 0 }, { maxAge: 1 }, { maxAge: 999 }, { maxAge: 1000 }, { maxAge: 900999 }, { maxAge: -1 }, { maxAge: -1000 }, { maxAge: -1001 },
  { maxAge: 31536000000 }, { expires: 0 }, { expires: 1 }, { expires: 1764000000999 }, { expires: 253402300799999 }, { expires: 253402300800000 },
  { expires: -1 }, { expires: -11644473600000 }, { maxAge: 60000, expires: 1764000000999 }, { sameSite: true }, { sameSite: 'strict' },
  { sameSite: 'lax' }, { sameSite: 'none' }, { priority: 'low' }, { priority: 'medium' }, { priority: 'high' }, { partitioned: true },
  {
    maxAge: 3600500, domain: '.example.com', path: '/x', httpOnly: true, secure: true, sameSite: 'none', priority: 'high', partitioned: true
  }
]
const bad = [
  { name: '', value: 'x' }, { name: 'a b', value: 'x' }, { name: 'a=b', value: 'x' }, { name: 'é', value: 'x' }, { name: 'a\n', value: 'x' },
  { name: 'n', value: 'x', options: { domain: 'a..b' } }, { name: 'n', value: 'x', options: { domain: 'a_b' } },
  { name: 'n', value: 'x', options: { domain: 'example.com; Path=/' } }, { name: 'n', value: 'x', options: { path: '/;x' } },
  { name: 'n', value: 'x', options: { path: '/é' } }, { name: 'n', value: 'x', options: { path: '/\n' } },
  { name: 'n', value: 'a;b', options: { encode: 'identity' } }, { name: 'n', value: 'a b', options: { encode: 'identity' } },
  { name: 'n', value: 'a"b', options: { encode: 'identity' } }, { name: 'n', value: '"', options: { encode: 'identity' } },
  { name: 'n', value: 'é', options: { encode: 'identity' } }, { name: 'n', value: 'x', options: { signed: true }, secret: null }
]

const written = [
  ...texts.flatMap(value => [{ name: 'n', value }, { name: 'n', value, options: { signed: true } }]),
  ...values.flatMap(value => [{ name: 'n', value }, { name: 'n', value, options: { signed: true } }]),
  ...settings.flatMap(options => [
    { name: 'n', value: 'x', options }, { name: 'n', value: 'x', options, clear: true }, { name: 'n', value: 'x', options: { ...options, signed: true } }
  ]),
  { name: 'n', value: 'a:b', options: { encode: 'identity' } }, { name: 'n', value: 'a:b', options: { encode: 'quoted' } },
  { name: 'n', value: '""', options: { encode: 'identity' } },
  { name: 'n', value: 'x', options: { encode: 'identity', signed: true } },
  ...['!#$%&\'*+-.^_`|~', 'toString', '__proto__', 'constructor', '__Host-a', '0'].map(name => ({ name, value: 'x' })),
  ...bad
].map(c => ({ secret: secrets[0], ...c })).map(write)

const pairOf = c => c.set.split(';')[0]
const apple = pairOf(write({ name: 'a', value: 'apple', options: { signed: true }, secret: secrets[0] }))
const older = pairOf(write({ name: 'a', value: 'apple', options: { signed: true }, secret: secrets[1] }))
const foreign = pairOf(write({ name: 'a', value: 'apple', options: { signed: true }, secret: 'unknown' }))
const headers = [
  ...written.filter(c => c.set).map(pairOf),
  apple, older, foreign, apple + 'x', apple.slice(0, -1), apple + '; a=plain', 'a=plain; ' + apple, foreign + '; ' + apple,
  'b=' + apple.slice(2), apple.replace('%3A', ':'), 'a=s:', 'a=s:apple', 'a=s:.', 'a=S%3Aapple', 'a=s%3Ad.' + apple.split('.')[1],
  '', '=', ' =', '=x', 'x', 'x; y=1', 'x=; y', ';;;', 'x=1;;=;y', 'x = 1 ; y\t=\t2', 'x="1"', 'x="', 'x=""', 'x="""', 'x="1', 'x=" 1 "',
  'x=1; x=2', 'x=a=b', 'x==', 'x=%', 'x=%zz', 'x=%41%', 'x=%ff', 'x=%c3%a9', 'x=%c3', 'x=%ed%a0%80', 'x=%f4%90%80%80', 'x=%c0%80', 'x=a+b',
  'x=\u00e9', '\u00e9=1', 'x=\u00c3\u00a9%20', 'x=\u00a01', 'x=\u000b1', '%78=1', 'toString=1; constructor=2; hasOwnProperty=3; valueOf=4',
  'x=j:', 'x=j:{', 'x=j:{}', 'x=j:[1,2]', 'x=j:null', 'x=j:false', 'x=j:true', 'x=j:0', 'x=j:-0', 'x=j:0.0e9', 'x=j:1e-400', 'x=j:1', 'x=j:1e999', 'x=j:""',
  'x=j:"a"', 'x=j: {"a":1} ', 'x=j: null', 'x=j:{"a":1,}', 'x=j:{"a":1}x', "x=j:{'a':1}", 'x=j:undefined', 'x=j:NaN', 'x=j:01', 'x=J:{}', 'x=j:j:{}',
  'x=j:{"__proto__":1,"a":2}', 'x=j:{"a":1,"a":2}', 'x=j:"\\ud800"', 'x=j:"\\x"', 'x=j:\u00e9', 'x=j:"\u00e9"', 'x=j:"%0a"', 'x=%6A%3A%7B%7D', 'x="j:{}"',
  'a=s%3Aj%3A%7B%7D', 'a=j%3As%3Aapple'
]
const parsed = headers.flatMap(header => [read({ header, secrets }), read({ header })])

const keys = ['the first key', 'an older key']
const documents = ['{}', '{"views":1}', '{"s":"é\u{1F36A}","a":[1,null]}']
const pairs = [
  ...documents.map(d => ({ name: 'session', keys, value: Buffer.from(d).toString('base64') })),
  { name: 'session', keys, value: '' }, { name: 'session', keys: ['é'], value: 'x' }, { name: 'n', keys, value: 'a b"c' }, { name: 'n', keys, value: 'a;b' },
  { name: 'n', keys, value: 'a\nb' }, { name: 'a;b', keys, value: 'x' },
  ...settings.map(options => ({ name: 'session', keys, value: 'e30=', options })),
  ...settings.map(options => ({ name: 'session', keys, value: '', options }))
].map(setPair)

const sent = setPair({ name: 'session', keys, value: 'e30=' }).set.map(l => l.split(';')[0])
const sentOlder = setPair({ name: 'session', keys: [keys[1]], value: 'e30=' }).set.map(l => l.split(';')[0])
const [v, s] = sent
const found = [
  sent.join('; '), sent.reverse().join('; '), sentOlder.join('; '), v, s, '', v + '; session.sig=', v + '; session.sig=x', v + '; ' + s + 'x', v + 'x; ' + s,
  v + ';' + s, v + ' ; ' + s, v + ';\t' + s, ' ' + v + ';   ' + s, v.replace('=', ' =') + '; ' + s, v.replace('=', '= ') + '; ' + s,
  v.replace('e30=', '"e30="') + '; ' + s, v.replace('e30=', '"e30=') + '; ' + s, v.replace('=e30=', '="') + '; ' + s, v + '; ' + s.replace('sig=', 'sig="') + '"',
  'session=; ' + s, 'x' + v + '; ' + s, 'a=b' + v + '; ' + s, v + '; ' + v + 'x; ' + s, 'session=x; ' + v + '; ' + s, v + '; ' + s + '; session.sig=x',
  'sessionXsig=1; ' + v + '; ' + s, v + '; ' + s.replace('.', 'X'), 'session; ' + v + '; ' + s, 'session=\u00e9; ' + s, v.replace('e30=', 'e30%3D') + '; ' + s
].map(header => getPair({ name: 'session', keys, header }))

const cookieOf = set => set.map(l => l.split(';')[0]).join('; ')
const first = session(keys, undefined, { views: 1 })
const sessions = [
  session(keys, undefined, {}), first, session(keys, cookieOf(first.set), {}), session(keys, cookieOf(first.set), { views: 2 }),
  session(keys, cookieOf(first.set), null), session(keys, undefined, null), session([keys[1], keys[0]], cookieOf(first.set), {}),
  session([keys[1], keys[0]], cookieOf(first.set), { views: 2 }), session(['another'], cookieOf(first.set), {}), session(['another'], cookieOf(first.set), { views: 9 })
]

const base64 = ['', 'Y', 'YW', 'YWI', 'YWI=', 'YWJj', 'YWJjZ', 'YWJjZA', 'YWJjZA=', 'YWJjZA==', 'YWJj=ZGVm', 'YWJjZA==ZGVm', 'YW Jj', 'YW$Jj', 'YW-_', 'YW+/', '=YWJj',
  'YW=Jj', 'YWJjZA=$=', 'YW\u00e9Jj', '%YWJj', 'YW.Jj'].map(value => ({ value, bytes: Buffer.from(value, 'base64').toString('hex') }))

const text = JSON.stringify({
  node: process.version, now, secrets, written, parsed, pairs, found, sessions, base64
}, null, 1)
process.stdout.write(text + '\n')
