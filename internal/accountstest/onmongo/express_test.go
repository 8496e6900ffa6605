package onmongo_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/mongousers"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// express makes an account as Mongoose does, which knows nothing of keys, and
// returns its id.
func express(t *testing.T, c *mongo.Collection, name string, more ...bson.E) string {
	t.Helper()
	id := bson.NewObjectID()
	insert(t, c, append(bson.D{
		{Key: "_id", Value: id}, {Key: "username", Value: name}, {Key: "password", Value: "hash of " + name}, {Key: "__v", Value: int32(0)},
	}, more...))
	return id.Hex()
}

func insert(t *testing.T, c *mongo.Collection, document bson.D) {
	t.Helper()
	if _, err := c.InsertOne(within(t), document); err != nil {
		t.Fatal(err)
	}
}

// stored returns the document of an account.
func stored(t *testing.T, c *mongo.Collection, id string) (d bson.D) {
	t.Helper()
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.FindOne(within(t), bson.D{{Key: "_id", Value: oid}}).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// wantFound checks whom a name leads to; nobody if id is "".
func wantFound(t *testing.T, users auth.Accounts, name, id string) {
	t.Helper()
	got, err := users.Find(within(t), name, auth.Fold(name))
	switch {
	case id == "" && !errors.Is(err, auth.ErrNoAccount):
		t.Errorf("%q leads to %+v, %v", name, got, err)
	case id != "" && (err != nil || got.ID != id):
		t.Errorf("%q leads to %+v, %v; want %s", name, got, err, id)
	}
}

func create(t *testing.T, users auth.Accounts, name string) string {
	t.Helper()
	id, err := users.Create(within(t), auth.Account{Username: name, Key: auth.Fold(name), Hash: "hash of " + name})
	if err != nil {
		t.Fatalf("creating %s: %v", name, err)
	}
	return id
}

func wantTaken(t *testing.T, users auth.Accounts, name string) {
	t.Helper()
	if _, err := users.Create(within(t), auth.Account{Username: name, Key: auth.Fold(name), Hash: "x"}); !errors.Is(err, auth.ErrNameTaken) {
		t.Errorf("creating %s: %v, want %v", name, err, auth.ErrNameTaken)
	}
}

// Ensure that an index of the application's own, under which there can be no second
// account of ours, is not taken for a name that is taken.
func TestOtherUniqueIndex(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	users := open(t, server.Collection(t, "users"))
	create(t, users, "Ada")
	// As MongoDB answers, to which two that lack the member are the same.
	server.ScriptAlways("insert", mongotest.Step{Skip: true, Answer: bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{
		bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 11000}, {Key: "errmsg", Value: "made by a test"}},
	}}}})
	_, err := users.Create(within(t), auth.Account{Username: "Bob", Key: "bob", Hash: "x"})
	if err == nil || errors.Is(err, auth.ErrNameTaken) {
		t.Errorf("an account that another index refuses: %v", err)
	}
	wantTaken(t, users, "ADA")
}

// Ensure that users who have no username at all keep us from making an index under
// which the application could make no second one of them.
func TestWithoutUsernames(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	insert(t, c, bson.D{{Key: "email", Value: "ada@example.com"}})
	if _, err := mongousers.New(within(t), c, mongousers.Options{}); !errors.Is(err, mongousers.ErrDocument) {
		t.Errorf("New: %v", err)
	}
	insert(t, c, bson.D{{Key: "email", Value: "bob@example.com"}})
}

// Ensure that an account which Express has renamed keeps its new name from others,
// once New has seen it.
func TestRenamedBefore(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	id := create(t, open(t, c), "ada")
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateByID(within(t), oid, bson.D{{Key: "$set", Value: bson.D{{Key: "username", Value: "Admin"}}}}); err != nil {
		t.Fatal(err)
	}
	users := open(t, c)
	wantTaken(t, users, "admin")
	wantFound(t, users, "admin", id)
	create(t, users, "Ada")
}

// Ensure that an account is stored as Mongoose stores one, and the key beside it.
func TestDocument(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	users := open(t, c)
	id := create(t, users, "Ada")
	oid, _ := bson.ObjectIDFromHex(id)
	want := bson.D{
		{Key: "_id", Value: oid}, {Key: "username", Value: "Ada"}, {Key: "password", Value: "hash of Ada"},
		{Key: "__v", Value: int32(0)}, {Key: "nameKey", Value: "ada"},
	}
	if got := stored(t, c, id); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

// Ensure that what other fields of the model hold stays, whatever is done.
func TestOtherMembersStay(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	more := []bson.E{
		{Key: "email", Value: "ada@example.com"}, {Key: "roles", Value: bson.A{"admin"}}, {Key: "profile", Value: bson.D{{Key: "n", Value: int32(1)}}},
	}
	id := express(t, c, "Ada", more...)
	users := open(t, c) // which gives it a key
	if err := users.ReplaceHash(within(t), id, "hash of Ada", "another"); err != nil {
		t.Fatal(err)
	}
	got := stored(t, c, id)
	want := fmt.Sprint(bson.D(append(slices.Clone(got[:1]), append([]bson.E{
		{Key: "username", Value: "Ada"}, {Key: "password", Value: "another"}, {Key: "__v", Value: int32(0)},
	}, append(more, bson.E{Key: "nameKey", Value: "ada"})...)...)))
	if fmt.Sprint(got) != want {
		t.Errorf("stored %v, want %s", got, want)
	}
}

// Ensure that accounts that were there before are found by any spelling, and keep
// their names from being taken; those made since from being taken.
func TestAdoption(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	ada, grace := express(t, c, "Ada"), express(t, c, "GRACE")
	older, younger := express(t, c, "eve"), express(t, c, "Eve")
	insert(t, c, bson.D{{Key: "_id", Value: "no ObjectID"}, {Key: "username", Value: "odd"}})
	insert(t, c, bson.D{{Key: "username", Value: int32(7)}})
	users := open(t, c)
	for name, id := range map[string]string{
		"Ada": ada, "ada": ada, "ＡＤＡ": ada, "GRACE": grace, "grace": grace,
		"eve": older, "Eve": younger, "EVE": older, "Nobody": "",
	} {
		wantFound(t, users, name, id)
	}
	for _, name := range []string{"ADA", "Grace", "EVE", "eve", "Eve"} {
		wantTaken(t, users, name)
	}
	late := express(t, c, "Linus")
	wantTaken(t, users, "linus")
	wantFound(t, users, "LINUS", late)

	// Express takes a spelling of a name that is ours.
	ours := create(t, users, "margaret")
	theirs := express(t, c, "Margaret")
	wantTaken(t, users, "MARGARET")
	for name, id := range map[string]string{"margaret": ours, "Margaret": theirs, "MARGARET": ours} {
		wantFound(t, users, name, id)
	}
	open(t, c) // once more, with nothing left to give
	wantFound(t, users, "MARGARET", ours)
}

// Ensure that more accounts than one write takes are given their keys.
func TestAdoptionOfMany(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	const n = 120
	var documents []any
	for i := range n {
		documents = append(documents, bson.D{{Key: "username", Value: fmt.Sprint("User", i)}, {Key: "password", Value: "hash"}})
	}
	if _, err := c.InsertMany(within(t), documents); err != nil {
		t.Fatal(err)
	}
	open(t, c)
	without, err := c.CountDocuments(within(t), bson.D{{Key: "nameKey", Value: bson.D{{Key: "$exists", Value: false}}}})
	if err != nil || without != 0 {
		t.Errorf("%d of %d accounts have no key, %v", without, n, err)
	}
}

// Ensure that a key does not count that was left behind by a change of the name,
// and goes to who takes the old name next.
func TestRename(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	users := open(t, c)
	ada := create(t, users, "Ada")
	oid, _ := bson.ObjectIDFromHex(ada)
	if _, err := c.UpdateByID(within(t), oid, bson.D{{Key: "$set", Value: bson.D{{Key: "username", Value: "Countess"}}}}); err != nil {
		t.Fatal(err)
	}
	wantFound(t, users, "Countess", ada)
	wantFound(t, users, "Ada", "")
	wantFound(t, users, "ada", "")
	another := create(t, users, "ADA")
	wantFound(t, users, "Ada", another)
	wantFound(t, users, "countess", ada) // it has the right key since
	wantTaken(t, users, "COUNTESS")
}

// Ensure that of Express and of many of us, who make the same name at once, one
// has it.
func TestCreateRacesExpress(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	users := open(t, c)
	for round := range 10 {
		name := fmt.Sprint("round", round)
		start := make(chan struct{})
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				<-start
				if i%2 == 0 {
					_, errs[i] = users.Create(within(t), auth.Account{Username: name, Key: name, Hash: "x"})
					return
				}
				_, errs[i] = c.InsertOne(within(t), bson.D{{Key: "username", Value: name}, {Key: "password", Value: "y"}, {Key: "__v", Value: int32(0)}})
			})
		}
		close(start)
		all.Wait()
		won := 0
		for i, err := range errs {
			switch {
			case err == nil:
				won++
			case i%2 == 0 && !errors.Is(err, auth.ErrNameTaken), i%2 == 1 && !mongo.IsDuplicateKeyError(err):
				t.Errorf("caller %d: %v", i, err)
			}
		}
		if won != 1 {
			t.Errorf("%d have won", won)
		}
	}
}

// Ensure that what is no account is an error, and one without a password nobody's
// to log in to.
func TestStrangeDocuments(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	insert(t, c, bson.D{{Key: "_id", Value: "text"}, {Key: "username", Value: "a"}, {Key: "password", Value: "hash"}})
	insert(t, c, bson.D{{Key: "username", Value: "b"}, {Key: "password", Value: int32(1)}})
	insert(t, c, bson.D{{Key: "username", Value: "c"}, {Key: "nameKey", Value: "c"}, {Key: "password", Value: nil}})
	insert(t, c, bson.D{{Key: "username", Value: "d"}, {Key: "googleId", Value: "1"}})
	users := open(t, c)
	for _, name := range []string{"a", "b"} {
		if got, err := users.Find(within(t), name, name); !errors.Is(err, mongousers.ErrDocument) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, name := range []string{"c", "d"} {
		if got, err := users.Find(within(t), name, name); err != nil || got.Hash != "" || got.ID == "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Ensure that New says so where names are there twice, and that AsIs changes
// nothing.
func TestAsIs(t *testing.T) {
	t.Parallel()
	c := mongotest.Start(t).Collection(t, "users")
	ada := express(t, c, "Ada")
	express(t, c, "Ada")
	if _, err := mongousers.New(within(t), c, mongousers.Options{}); err == nil {
		t.Error("New made a unique index on names that are there twice")
	}
	users, err := mongousers.New(within(t), c, mongousers.Options{AsIs: true})
	if err != nil {
		t.Fatal(err)
	}
	wantFound(t, users, "Ada", ada)
	eve := create(t, users, "Eve")
	wantFound(t, users, "EVE", eve)
	if got := stored(t, c, ada); len(got) != 4 {
		t.Errorf("an account was changed: %v", got)
	}
}
