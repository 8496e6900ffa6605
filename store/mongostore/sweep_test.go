package mongostore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// Ensure that writes delete what has expired, sessions and notes alike, a few at a time,
// and nothing else.
func TestSweep(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{NoIndexes: true, SweepBatch: 3, SweepInterval: time.Millisecond})
	express := server.Collection(t, "sessions")
	const n = 10
	for i := range n {
		past := time.Now().Add(-time.Minute)
		doc := bson.D{{Key: "_id", Value: fmt.Sprint("expired", i)}, {Key: "session", Value: "{}"}, {Key: "expires", Value: past}}
		if _, err := express.InsertOne(within(t, patience), doc); err != nil {
			t.Fatal(err)
		}
		doc = bson.D{{Key: "_id", Value: fmt.Sprintf("ada\n%d", i)}, {Key: "expires", Value: past}}
		if _, err := server.Collection(t, "sessions_users").InsertOne(within(t, patience), doc); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := express.InsertOne(within(t, patience), bson.D{{Key: "_id", Value: "forever"}, {Key: "session", Value: "{}"}}); err != nil {
		t.Fatal(err)
	}
	created(t, s, "id")
	if err := s.AddUserSession(within(t, patience), "ada", "id", hourFromNow()); err != nil {
		t.Fatal(err)
	}
	left := func(name string) int64 {
		n, err := server.Collection(t, name).CountDocuments(within(t, patience), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for ctx := within(t, patience); left("sessions") > 2 || left("sessions_users") > 1; {
		if err := s.Touch(ctx, "id", hourFromNow()); err != nil {
			t.Fatalf("%d sessions, %d notes, and %v", left("sessions"), left("sessions_users"), err)
		}
	}
	if left("sessions") != 2 || left("sessions_users") != 1 {
		t.Errorf("%d sessions and %d notes are left", left("sessions"), left("sessions_users"))
	}
}

// Ensure that of two stores one walks at a time, that a failing sweep is nobody's error,
// and that one which is turned off sends nothing.
func TestSweepAlone(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	walks := func(s *mongostore.Store) (finds int) {
		server.Watch()
		for range 5 {
			if err := s.Touch(within(t, patience), "id", hourFromNow()); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Millisecond)
		}
		return server.Calls()["find"]
	}
	first := openAt(t, server.URL(), mongostore.Options{SweepInterval: time.Millisecond})
	created(t, first, "id")
	long := mongostore.Options{SweepInterval: time.Nanosecond}
	if n := walks(openAt(t, server.URL(), long)); n == 0 {
		t.Error("nobody walks")
	}
	// Somebody else has the walk.
	until := bson.D{{Key: "$set", Value: bson.D{{Key: "until", Value: hourFromNow()}}}}
	if _, err := server.Collection(t, "sessions_sweep").UpdateByID(within(t, patience), "sessions", until, options.UpdateOne().SetUpsert(true)); err != nil {
		t.Fatal(err)
	}
	second := openAt(t, server.URL(), long)
	if n := walks(second); n != 0 {
		t.Errorf("two walk at a time: %d", n)
	}
	off := openAt(t, server.URL(), mongostore.Options{SweepBatch: -1, SweepInterval: time.Nanosecond})
	if n := walks(off); n != 0 {
		t.Errorf("it is turned off, and looks at %d pages", n)
	}
	if n := server.Calls()["update"]; n != 5 {
		t.Errorf("%d updates, want 5", n)
	}
}

// Ensure that the server is asked for the index of connect-mongo, that a server which
// has it is left to delete what expires, and that one without it is not.
func TestExpiryIndex(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	server.Watch()
	s := openAt(t, server.URL(), mongostore.Options{})
	var index bson.Raw
	for _, c := range server.Commands() {
		if c.Name == "createIndexes" && c.Body.Lookup("createIndexes").StringValue() == "sessions" {
			index = c.Body
		}
	}
	if got := index.Lookup("indexes", "0"); got.Document().Lookup("key", "expires").Int32() != 1 || got.Document().Lookup("name").StringValue() != "expires_1" ||
		got.Document().Lookup("expireAfterSeconds").Int32() != 0 {
		t.Errorf("%v", index)
	}
	created(t, s, "id") // FerretDB has no such index, which is no error

	server.ScriptAlways("createIndexes", mongotest.Step{Skip: true, Answer: bson.D{{Key: "ok", Value: 1.0}}})
	s = openAt(t, server.URL(), mongostore.Options{SweepInterval: time.Nanosecond})
	server.Watch()
	for range 3 {
		if err := s.Touch(within(t, patience), "id", hourFromNow()); err != nil {
			t.Error(err)
		}
	}
	if calls := server.Calls(); len(calls) != 1 || calls["update"] != 3 {
		t.Errorf("the server deletes what expires, and still: %v", calls)
	}
}

// Ensure that a collection which would not keep sessions is refused, and that whoever
// may not ask may still open a store.
func TestCollectionKinds(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	describe := func(kind string, options bson.D) bson.D {
		return bson.D{{Key: "ok", Value: 1.0}, {Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: server.Database() + ".$cmd.listCollections"},
			{Key: "firstBatch", Value: bson.A{bson.D{{Key: "name", Value: "sessions"}, {Key: "type", Value: kind}, {Key: "options", Value: options}}}}}}}
	}
	for word, answer := range map[string]bson.D{
		"view":      describe("view", bson.D{}),
		"collation": describe("collection", bson.D{{Key: "collation", Value: bson.D{{Key: "locale", Value: "en"}}}}),
		"capped":    describe("collection", bson.D{{Key: "capped", Value: true}}),
		"":          mongotest.Failure(13, "Unauthorized"),
	} {
		server.ScriptAlways("listCollections", mongotest.Step{Skip: true, Answer: answer})
		s, err := mongostore.Open(within(t, patience), server.URL(), mongostore.Options{})
		if err == nil {
			s.Close()
		}
		if (err == nil) != (word == "") || err != nil && !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v", word, err)
		}
	}
}
