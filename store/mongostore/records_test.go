package mongostore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// golden returns a document of testdata, in canonical Extended JSON. The README there
// says how they were made.
func golden(t *testing.T, name string) bson.Raw {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON(text, true, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// Ensure that records of connect-mongo are read, that what we write of the same session
// is the same to the last byte, and that a touch changes the expiry alone.
func TestExpressRecords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) != 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mongotest.Start(t)
			s := openAt(t, server.URL(), mongostore.Options{
				Documents: strings.Contains(name, "document"), LastModified: strings.Contains(name, "touchAfter"),
			})
			express := server.Collection(t, "sessions")
			theirs := golden(t, name)
			if _, err := express.InsertOne(within(t, patience), theirs); err != nil {
				t.Fatal(err)
			}
			id := theirs.Lookup("_id").StringValue()
			r, err := s.Get(within(t, patience), id)
			if err != nil || !r.Expires.Equal(theirs.Lookup("expires").Time()) {
				t.Fatalf("%+v, %v", r, err)
			}
			if text, ok := theirs.Lookup("session").StringValueOK(); ok && r.Data != text {
				t.Errorf("read %s, want %s", r.Data, text)
			}
			if _, err := s.Create(within(t, patience), "ours", r.Data, r.Expires); err != nil {
				t.Fatal(err)
			}
			ours, err := express.FindOne(within(t, patience), bson.D{{Key: "_id", Value: "ours"}}).Raw()
			if err != nil || !ours.Lookup("session").Equal(theirs.Lookup("session")) || !ours.Lookup("expires").Equal(theirs.Lookup("expires")) {
				t.Errorf("ours is %v, %v, and theirs %v", ours, err, theirs)
			}
			fields := func(doc bson.Raw) (names string) {
				for _, name := range []string{"_id", "session", "expires", "lastModified"} {
					if v := doc.Lookup(name); v.Type != 0 {
						names += name + ":" + v.Type.String() + " "
					}
				}
				return names
			}
			if fields(ours) != fields(theirs) {
				t.Errorf("the fields are %s, want %s", fields(ours), fields(theirs))
			}
			later := r.Expires.Add(time.Minute)
			if err := s.Touch(within(t, patience), id, later); err != nil {
				t.Fatal(err)
			}
			touched, err := express.FindOne(within(t, patience), bson.D{{Key: "_id", Value: id}}).Raw()
			if err != nil || !touched.Lookup("session").Equal(theirs.Lookup("session")) || !touched.Lookup("expires").Time().Equal(later) {
				t.Errorf("touched: %v, %v", touched, err)
			}
		})
	}
}

// Ensure that blind writes of Express are conflicts of ours, and that what others have
// added to a record stays when it is saved and goes when its id is created anew.
func TestForeignWrites(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	express := server.Collection(t, "sessions")
	base := created(t, s, "id")
	set := func(fields bson.D) {
		t.Helper()
		if _, err := express.UpdateByID(within(t, patience), "id", bson.D{{Key: "$set", Value: fields}}); err != nil {
			t.Fatal(err)
		}
	}
	set(bson.D{{Key: "session", Value: `{"n":2}`}, {Key: "createdAt", Value: time.Now()}})
	if _, err := s.Save(within(t, patience), "id", "{}", hourFromNow(), base); !errors.Is(err, store.ErrConflict) {
		t.Errorf("save: %v", err)
	}
	if err := s.Delete(within(t, patience), "id", base); !errors.Is(err, store.ErrConflict) {
		t.Errorf("delete: %v", err)
	}
	r, err := s.Get(within(t, patience), "id")
	if err != nil || r.Data != `{"n":2}` {
		t.Fatalf("%+v, %v", r, err)
	}
	has := func(field string) bool {
		t.Helper()
		doc, err := express.FindOne(within(t, patience), bson.D{{Key: "_id", Value: "id"}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		_, err = doc.LookupErr(field)
		return err == nil
	}
	if _, err := s.Save(within(t, patience), "id", "{}", hourFromNow(), r.Version); err != nil || !has("createdAt") {
		t.Errorf("save: %v", err)
	}
	set(bson.D{{Key: "expires", Value: time.Now().Add(-time.Second)}})
	created(t, s, "id")
	if has("createdAt") {
		t.Error("the id was created anew, with a field of the expired record")
	}
}

// Ensure that an index of somebody's, under which there can be no second session of
// ours, makes a creation an error, and not one that is tried for ever.
func TestOtherUniqueIndex(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	// As MongoDB answers, to which two that lack the member are the same.
	server.ScriptAlways("insert", mongotest.Step{Skip: true, Answer: bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{
		bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 11000}, {Key: "errmsg", Value: "made by a test"}},
	}}}})
	_, err := s.Create(context.Background(), "second", "{}", hourFromNow())
	if err == nil || errors.Is(err, store.ErrExists) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a record that another index refuses: %v", err)
	}
}

// Ensure that what others keep in the collection ends no listing, and that what is no
// session of ours ends it after those before.
func TestListWithForeignDocuments(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	created(t, s, "a")
	created(t, s, "z")
	c := server.Collection(t, "sessions")
	list := func() (ids []string, err error) {
		for r, err := range s.All(within(t, patience)) {
			if err != nil {
				return ids, err
			}
			ids = append(ids, r.ID)
		}
		return ids, nil
	}
	if _, err := c.InsertOne(within(t, patience), bson.D{{Key: "_id", Value: "schema version"}, {Key: "n", Value: 3}}); err != nil {
		t.Fatal(err)
	}
	if ids, err := list(); err != nil || !slices.Equal(ids, []string{"a", "z"}) {
		t.Errorf("beside another's: %v, %v", ids, err)
	}
	if _, err := c.InsertOne(within(t, patience), bson.D{{Key: "_id", Value: "m"}, {Key: "session", Value: 7}}); err != nil {
		t.Fatal(err)
	}
	if ids, err := list(); !errors.Is(err, mongostore.ErrRecord) || !slices.Equal(ids, []string{"a"}) {
		t.Errorf("with one that cannot be read: %v, %v", ids, err)
	}
}

// Ensure that a record without an expiry is there, as it is in connect-mongo, and that
// records which nobody can read are errors and stay.
func TestOddRecords(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	express := server.Collection(t, "sessions")
	insert := func(doc bson.D) {
		t.Helper()
		if _, err := express.InsertOne(within(t, patience), doc); err != nil {
			t.Fatal(err)
		}
	}
	insert(bson.D{{Key: "_id", Value: "forever"}, {Key: "session", Value: "{}"}})
	r, err := s.Get(within(t, patience), "forever")
	if err != nil || r.Data != "{}" || r.Expires.Year() != 9999 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.Save(within(t, patience), "forever", `{"n":1}`, hourFromNow(), r.Version); err != nil {
		t.Error(err)
	}
	for name, session := range map[string]any{"none": nil, "number": 7, "bytes": []byte("s3cr3t")} {
		insert(bson.D{{Key: "_id", Value: name}, {Key: "session", Value: session}})
		if _, err := s.Get(within(t, patience), name); !errors.Is(err, mongostore.ErrRecord) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Create(within(t, patience), name, "{}", hourFromNow()); !errors.Is(err, store.ErrExists) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Delete(within(t, patience), name, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	sealed := openAt(t, server.URL(), mongostore.Options{Crypto: reversed{}})
	created(t, s, "clear")
	insert(bson.D{{Key: "_id", Value: "document"}, {Key: "session", Value: bson.D{}}})
	for _, id := range []string{"clear", "document"} {
		if _, err := sealed.Get(within(t, patience), id); !errors.Is(err, mongostore.ErrRecord) {
			t.Errorf("%s: %v", id, err)
		}
	}
}
