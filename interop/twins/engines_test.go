package twins_test

import (
	"cmp"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// engine is a kind of storage that both sides can use. Adding one is a line here
// and one in testdata/stores.js.
type engine struct {
	name string // as in testdata/stores.js
	// start starts a private one, which ends with the test.
	start func(*testing.T) backend

	// browserTTL is how long the store of Express keeps a session that ends with
	// the browser, after its last use. 0 is 24 hours, as IdleTimeout is.
	browserTTL time.Duration
	// documents: sessions are documents, and not text that is kept byte for byte.
	documents bool
	// encrypted: sessions are text that both stores encrypt, which takes them so long
	// that only the first scenarios are played.
	encrypted bool
	// touchReportsGone: the store of Express takes it for an error to touch a
	// session that has ended, and Express closes the connection for it.
	touchReportsGone bool
	// touchNeedsMaxAge: the store of Express does not touch sessions that end
	// with the browser.
	touchNeedsMaxAge bool
}

var engines = []engine{
	{name: "redis", start: startRedis},
	{name: "postgres", start: startPostgres},
	{name: "mysql", start: startMySQL},
	{name: "sqlite", start: startSQLite, touchNeedsMaxAge: true},
	{name: "mongodb", start: startMongo, browserTTL: 14 * day, touchReportsGone: true},
	{name: "mongodb documents", start: startMongoDocuments, browserTTL: 14 * day, touchReportsGone: true, documents: true},
	{name: "mongodb encrypted", start: startMongoEncrypted, browserTTL: 14 * day, touchReportsGone: true, encrypted: true},
}

const day = 24 * time.Hour

// ttl returns how long a session lives after its last use that has a lifetime of its
// own, or ends with the browser if age is 0.
func (e engine) ttl(age time.Duration) time.Duration {
	return cmp.Or(age, e.browserTTL, day)
}

// backend is an engine that runs, as seen past both stores.
type backend interface {
	// address is what the Express application is given.
	address() string
	// apart returns where a scenario keeps its sessions apart from those of others,
	// which may be the same place.
	apart(t *testing.T, name string) backend
	// open opens our store, when that of Express has made its tables.
	open(*testing.T) store.Store
	// get returns what is stored under the id of a session.
	get(t *testing.T, id string) (r record, ok bool)
	// put stores a record as the store of Express does.
	put(t *testing.T, id string, r record)
}

// record is what an engine keeps of a session.
type record struct {
	data    string
	expires time.Time
}
