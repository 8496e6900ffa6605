'use strict'
// Has the stores of connect-mongo set and get sessions. Standard input is a list of
// jobs in JSON, standard output a list of their results. A job names the package
// and the version of kruptein, gives the store's options, and what is to be done
// with one instance of it: {set: session} returns the field "session" that it
// writes, {get: field} the session that it reads from one, both as text, and
// {again: true} the session that it reads from the field that is there.
const Module = require('module')
const { promisify } = require('util')

// connect-mongo requires "kruptein"; which one, the job says.
let kruptein
const original = Module._load
Module._load = (request, ...rest) => original(request === 'kruptein' ? kruptein : request, ...rest)

function load (job) {
  kruptein = job.kruptein || 'kruptein'
  delete require.cache[require.resolve(job.package)] // version 6 requires kruptein at once
  const loaded = require(job.package)
  if (job.package === 'connect-mongo-3') return { MongoStore: loaded(require('express-session')) }
  return { MongoStore: loaded.MongoStore || loaded, ...loaded }
}

// one stands for a collection of one document: the envelope is what is looked at.
function one () {
  let document = null
  return {
    get document () { return document },
    set document (d) { document = d },
    findOne: async () => document && { ...document },
    updateOne: async (filter, update) => { document = update.$set; return { upsertedCount: 1, matchedCount: 1 } }
  }
}

async function run (job) {
  const { MongoStore, createWebCryptoAdapter } = load(job)
  const options = { ...job.options }
  if (options.webCrypto) {
    options.cryptoAdapter = createWebCryptoAdapter(options.webCrypto)
    delete options.webCrypto
  }
  const collection = one()
  const client = { isConnected: () => true, db: () => ({ collection: () => collection }) }
  const store = new MongoStore({ ...options, client, clientPromise: undefined, autoRemove: 'disabled' })
  const results = []
  for (const step of job.steps) {
    try {
      if (step.set) {
        await promisify(store.set).call(store, 'id', JSON.parse(step.set))
        results.push({ text: collection.document.session })
      } else {
        if (step.get) collection.document = { _id: 'id', session: step.get }
        results.push({ text: JSON.stringify(await promisify(store.get).call(store, 'id')) })
      }
    } catch (err) {
      results.push({ error: String(err) })
    }
  }
  return results
}

async function main () {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  const results = []
  for (const job of JSON.parse(Buffer.concat(chunks))) results.push(await run(job)) // one after the other: version 3 has one instance
  process.stdout.write(JSON.stringify(results))
}

main().catch(err => { console.error(err); process.exit(1) })
