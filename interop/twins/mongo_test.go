package twins_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	mongooptions "go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/envelope"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// mongoBackend is FerretDB, unless SOJOURN_TEST_MONGODB_URL names a server.
type mongoBackend struct {
	server     *mongotest.Server
	collection string
	sessions   *mongo.Collection
	options    mongostore.Options
	through    store.Store // that reads and writes what is no plain text, else nil
}

func startMongo(t *testing.T) backend {
	b := &mongoBackend{server: mongotest.Start(t), collection: mongostore.DefaultCollection}
	b.sessions = b.server.Collection(t, b.collection)
	return b
}

func startMongoDocuments(t *testing.T) backend {
	return startMongoWith(t, mongostore.Options{Documents: true})
}

// encryptionSecret is crypto.secret in testdata/stores.js.
const encryptionSecret = "a secret of connect-mongo that the twins share"

func startMongoEncrypted(t *testing.T) backend {
	codec, err := envelope.New(envelope.Options{Secrets: []string{encryptionSecret}})
	if err != nil {
		t.Fatal(err)
	}
	return startMongoWith(t, mongostore.Options{Crypto: codec})
}

func startMongoWith(t *testing.T, o mongostore.Options) backend {
	b := startMongo(t).(*mongoBackend)
	b.options = o
	b.through = b.openWith(t, o)
	return b
}

func (b *mongoBackend) address() string { return b.server.URL() }

// apart is another collection: FerretDB looks at all documents of a collection for
// every update.
func (b *mongoBackend) apart(t *testing.T, name string) backend {
	c := &mongoBackend{server: b.server, collection: name, sessions: b.sessions.Database().Collection(name), options: b.options}
	if b.through != nil {
		c.through = c.openWith(t, b.options)
	}
	return c
}

func (b *mongoBackend) open(t *testing.T) store.Store {
	return b.openWith(t, b.options)
}

func (b *mongoBackend) openWith(t *testing.T, o mongostore.Options) store.Store {
	t.Helper()
	o.Collection = b.collection
	s, err := mongostore.Open(t.Context(), b.server.URL(), o)
	return opened(t, s, err)
}

// get returns a document as the JSON that our store makes of it. That it makes the
// right one of it, and the right document of JSON, is what the scenario Documents is
// for.
func (b *mongoBackend) get(t *testing.T, id string) (r record, ok bool) {
	t.Helper()
	if b.through != nil {
		stored, err := b.through.Get(t.Context(), id)
		return record{stored.Data, stored.Expires}, found(t, err, store.ErrNotFound)
	}
	doc, ok := b.document(t, id)
	if ok {
		r = record{doc.Lookup("session").StringValue(), doc.Lookup("expires").Time()}
	}
	return r, ok
}

// document returns a document as it is stored.
func (b *mongoBackend) document(t *testing.T, id string) (doc bson.Raw, ok bool) {
	t.Helper()
	doc, err := b.sessions.FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	return doc, found(t, err, mongo.ErrNoDocuments)
}

func (b *mongoBackend) put(t *testing.T, id string, r record) {
	t.Helper()
	if b.through != nil {
		err := b.through.Delete(t.Context(), id, "")
		if _, failed := b.through.Create(t.Context(), id, r.data, r.expires); failed != nil || err != nil {
			t.Fatal(errors.Join(err, failed))
		}
		return
	}
	b.set(t, id, bson.D{{Key: "session", Value: r.data}, {Key: "expires", Value: r.expires}})
}

// set sets fields of a document, as connect-mongo does.
func (b *mongoBackend) set(t *testing.T, id string, fields bson.D) {
	t.Helper()
	_, err := b.sessions.UpdateOne(context.Background(), bson.D{{Key: "_id", Value: id}},
		bson.D{{Key: "$set", Value: fields}}, mongooptions.UpdateOne().SetUpsert(true))
	if err != nil {
		t.Fatal(err)
	}
}

// The same steps make the same document, to the byte, whichever side takes them, and
// also if they take turns: the order of members, the types of numbers, and the nine
// members of the cookie. What one side does not change, the other finds as it was.
func documents(t *testing.T, p *pair) {
	b := p.backend.(*mongoBackend)
	for _, age := range []time.Duration{0, time.Hour} {
		express, ours := p.applications(t, options{MaxAge: int(age.Milliseconds())})
		steps := [][]step{
			{set("b", "é<>&\u2028\"\\\u0001😀"), set("a", raw(`{"y":[1,null,true,"x",1.5],"x":{},"":""}`))},
			{set("10", 1), set("2", raw(`[]`)), set("passport", raw(`{"user":{"id":4294967296,"n":-2147483649}}`))},
			{del("b"), set("float", raw(`1.5`)), add("n", 5), set("whole", raw(`1e3`)), set("big", raw(`1e21`))},
			{set("b", "again"), set("a", nil), add("n", -7), set("max", raw(`9007199254740991`))},
			{set("dates", "2026-01-02T03:04:05.678Z"), set("o", raw(`{"2":1,"10":{"z":1,"a":2}}`))},
			{verb("regenerate"), set("z", 1), set("0", "x"), set("y", "")},
		}
		sides := map[string]func(i int) side{
			"Express":           func(int) side { return express },
			"Go":                func(int) side { return ours },
			"in turn":           func(i int) side { return []side{express, ours}[i%2] },
			"in turn, Go first": func(i int) side { return []side{ours, express}[i%2] },
		}
		stored := map[string][]string{}
		for name, of := range sides {
			visitor := newBrowser(t)
			for i, steps := range steps {
				visitor.do(of(i), steps...)
				doc, ok := b.document(t, visitor.id())
				if !ok {
					t.Fatalf("%s: nothing is stored", name)
				}
				stored[name] = append(stored[name], extended(t, doc, age))
			}
		}
		for i, want := range stored["Express"] {
			for name := range sides {
				if got := stored[name][i]; got != want {
					t.Errorf("after step %d, %s:\n%s, and Express\n%s", i, name, got, want)
				}
			}
		}
	}
}

// extended returns the session of a document in a form that shows all types, without
// what depends on the moment, of which it checks the form.
func extended(t *testing.T, doc bson.Raw, age time.Duration) string {
	t.Helper()
	var session bson.D
	if err := doc.Lookup("session").Unmarshal(&session); err != nil {
		t.Fatal(err)
	}
	for i, member := range session {
		if member.Key != "cookie" || age == 0 {
			continue
		}
		cookie := member.Value.(bson.D)
		for i := range cookie {
			switch value := cookie[i].Value.(type) {
			case int32: // originalMaxAge
				if got := time.Duration(value) * time.Millisecond; got > age || got < age-drift {
					t.Errorf("the cookie's %s is %v", cookie[i].Key, got)
				}
				cookie[i].Value = int32(0)
			case bson.DateTime: // expires
				if at := doc.Lookup("expires").Time(); value.Time().Sub(at).Abs() > rounding {
					t.Errorf("the cookie expires at %v, the document at %v", value.Time(), at)
				}
				cookie[i].Value = bson.DateTime(0)
			}
		}
		session[i].Value = cookie
	}
	text, err := bson.MarshalExtJSON(session, true, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// With touchAfter, connect-mongo touches a session of ours no more often than one of
// its own if our store writes lastModified, and on every request if it does not. The
// field never gets into the session.
func lastModified(t *testing.T, p *pair) {
	b := p.backend.(*mongoBackend)
	o := options{TouchAfter: 3600}
	express := p.express(t, o)
	for _, noted := range []bool{true, false} {
		records := b.openWith(t, mongostore.Options{Documents: p.documents, LastModified: noted})
		ours := p.twin(t, records, o)
		for _, s := range []side{ours, express} {
			visitor := newBrowser(t)
			visitor.do(s, set("n", 1))
			id := visitor.id()
			doc, _ := b.document(t, id)
			_, err := doc.LookupErr("lastModified")
			if has := err == nil; has != (noted || s == express) {
				t.Errorf("%v has stored lastModified: %t", s, has)
			}
			soon := time.Now().Add(time.Hour).Truncate(time.Second)
			touched := func(when string, wanted bool) {
				t.Helper()
				b.set(t, id, bson.D{{Key: "expires", Value: soon}})
				before, _ := p.get(t, id)
				visitor.sees(express, exactly("n", "1"))
				after, _ := p.get(t, id)
				if has := !after.expires.Equal(soon); has != wanted || after.data != before.data {
					t.Errorf("stored by %v, which notes it: %t, %s: Express has touched: %t", s, noted, when, has)
				}
			}
			touched("just modified", !noted && s == ours)
			if !noted && s == ours {
				continue
			}
			long := time.Now().Add(-2 * time.Hour).Truncate(time.Second)
			b.set(t, id, bson.D{{Key: "lastModified", Value: long}})
			touched("modified long ago", true)
			if doc, _ := b.document(t, id); !doc.Lookup("lastModified").Time().After(long) {
				t.Error("the touch has not noted the time")
			}
			touched("just touched", false)
			if !noted {
				continue
			}
			// A touch of ours counts as one of its own.
			b.set(t, id, bson.D{{Key: "lastModified", Value: long}, {Key: "expires", Value: soon}})
			sent := time.Now()
			visitor.sees(ours, exactly("n", "1"))
			r, _ := p.get(t, id)
			between(t, "the expiry after a touch of ours", r.expires, sent, p.ttl(0))
			touched("just touched by ours", false)
		}
	}
}
