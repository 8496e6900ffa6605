package mongotest_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

var (
	one = bson.D{{Key: "_id", Value: 1}}
	inc = bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}}
)

// insert stores the document that the other tests look for.
func insert(t *testing.T, c *mongo.Collection) {
	t.Helper()
	if _, err := c.InsertOne(within(t, patience), bson.D{{Key: "_id", Value: 1}, {Key: "n", Value: 0}}); err != nil {
		t.Fatal(err)
	}
}

// number returns what is in the document.
func number(t *testing.T, c *mongo.Collection) int {
	t.Helper()
	var doc struct{ N int }
	if err := c.FindOne(within(t, patience), one).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc.N
}

// Ensure that one server does not see what is in another, and that what writers on
// several connections add up is not lost.
func TestAtomic(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	c, other := s.Collection(t, "c"), mongotest.Start(t).Collection(t, "c")
	insert(t, c)
	insert(t, other)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if _, err := c.UpdateOne(within(t, patience), one, inc); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, m := number(t, c), number(t, other); n != 160 || m != 0 {
		t.Errorf("%d, %d, want 160, 0", n, m)
	}
}

// Ensure that the script answers in place of the server, loses answers, and drops
// commands, each as often as it says.
func TestScript(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	c, err := mongo.Connect(options.Client().ApplyURI(s.URL()).SetRetryWrites(false).SetRetryReads(false))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Disconnect(t.Context())
	coll := c.Database(s.Database()).Collection("c")
	insert(t, coll)
	update := func() error { _, err := coll.UpdateOne(within(t, patience), one, inc); return err }

	s.Script("update",
		mongotest.Step{Skip: true, Answer: mongotest.Failure(112, "WriteConflict")},
		mongotest.Step{Lose: true},
		mongotest.Step{Skip: true, Lose: true},
	)
	s.Script(mongotest.Every, mongotest.Step{}, mongotest.Step{Skip: true, Answer: mongotest.Failure(13, "Unauthorized", "Label")})
	s.Watch()
	var failure mongo.CommandError
	if err := update(); !errors.As(err, &failure) || failure.Code != 112 || failure.Name != "WriteConflict" {
		t.Errorf("write conflict: %v", err)
	}
	for range 2 {
		if err := update(); !mongo.IsNetworkError(err) {
			t.Errorf("lost: %v", err)
		}
	}
	if n := number(t, coll); n != 1 {
		t.Errorf("the number is %d, want 1", n)
	}
	if err := update(); !errors.As(err, &failure) || failure.Code != 13 || !failure.HasErrorLabel("Label") {
		t.Errorf("unauthorized: %v", err)
	}
	calls := s.Calls()
	if calls["update"] != 4 || calls["find"] != 1 || len(calls) != 2 {
		t.Errorf("%v", calls)
	}
	for _, c := range s.Commands() {
		if c.Body.Lookup(c.Name).StringValue() != "c" || c.Sent < len(c.Body) {
			t.Errorf("%+v", c)
		}
	}
	s.ScriptAlways("update", mongotest.Step{Skip: true, Answer: mongotest.Failure(10107, "NotWritablePrimary")})
	for range 3 {
		if err := update(); !errors.As(err, &failure) || failure.Code != 10107 {
			t.Errorf("not primary: %v", err)
		}
	}
	s.Unscript()
	if err := update(); err != nil {
		t.Error(err)
	}
}

// Ensure that a command which is held up before the server or after it holds up no
// other.
func TestHold(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	c := s.Collection(t, "c")
	insert(t, c)
	for name, step := range map[string]func(func()) mongotest.Step{
		"before": func(f func()) mongotest.Step { return mongotest.Step{Before: f} },
		"after":  func(f func()) mongotest.Step { return mongotest.Step{After: f} },
	} {
		here, release, result := make(chan bool), make(chan bool), make(chan error, 1)
		s.Script("update", step(func() { close(here); <-release }))
		was := number(t, c)
		go func() { _, err := c.UpdateOne(within(t, patience), one, inc); result <- err }()
		<-here
		want := was
		if name == "after" {
			want++
		}
		if n := number(t, c); n != want {
			t.Errorf("%s: meanwhile the number is %d, want %d", name, n, want)
		}
		close(release)
		if err := <-result; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that a pause lets nothing through and loses nothing, and that a server which
// was stopped has its data when it is back.
func TestOutages(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	c := s.Collection(t, "c")
	insert(t, c)
	s.Pause()
	if err := c.FindOne(within(t, 100*time.Millisecond), one).Err(); !mongo.IsTimeout(err) {
		t.Errorf("paused: %v", err)
	}
	result := make(chan error, 1)
	go func() { _, err := c.UpdateOne(within(t, patience), one, inc); result <- err }()
	s.Resume()
	if err := <-result; err != nil {
		t.Errorf("resumed: %v", err)
	}
	s.Drop()
	if n := number(t, c); n != 1 {
		t.Errorf("after the drop the number is %d, want 1", n)
	}
	for range 2 {
		s.Stop()
		if err := c.FindOne(within(t, 100*time.Millisecond), one).Err(); err == nil || errors.Is(err, mongo.ErrNoDocuments) {
			t.Errorf("stopped: %v", err)
		}
		s.Restart(t)
		if n := number(t, c); n != 1 {
			t.Errorf("after the restart the number is %d, want 1", n)
		}
	}
	if s.Connections() == 0 {
		t.Error("there are no connections")
	}
}
