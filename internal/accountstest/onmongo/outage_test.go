package onmongo_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/mongousers"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// operations are all that there are, on an account that is there.
func operations(users auth.Accounts, id string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error {
			_, err := users.Create(ctx, auth.Account{Username: "Eve", Key: "eve", Hash: "secret-hash"})
			return err
		},
		"Find":        func(ctx context.Context) error { _, err := users.Find(ctx, "Ada", "ada"); return err },
		"FindID":      func(ctx context.Context) error { _, err := users.FindID(ctx, id); return err },
		"ReplaceHash": func(ctx context.Context) error { return users.ReplaceHash(ctx, id, "secret-hash", "another") },
	}
}

func wantFailure(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || errors.Is(err, auth.ErrNoAccount) || errors.Is(err, auth.ErrNameTaken) {
		t.Errorf("%s: %v", what, err)
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("%s tells a hash: %v", what, err)
	}
}

// Ensure that while the server is away everything is an error in time, that nobody
// is taken for anybody or for nobody, and that all is well when it is back.
func TestOutage(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	users := open(t, s.Collection(t, "users"))
	ada := create(t, users, "Ada")
	const deadline = time.Second
	away := func(how string) {
		t.Helper()
		for name, call := range operations(users, ada) {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			began := time.Now()
			err := call(ctx)
			took := time.Since(began)
			cancel()
			wantFailure(t, name+" while it is "+how, err)
			if how == "paused" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s while it is %s: %v", name, how, err)
			}
			if took > patience/2 { // a busy machine may be late, but not that late
				t.Errorf("%s while it is %s takes %v", name, how, took)
			}
		}
	}
	back := func() {
		t.Helper()
		for end := time.Now().Add(patience); ; {
			got, err := users.Find(within(t), "ADA", "ada")
			if err == nil && got.ID == ada {
				return
			}
			if err == nil || errors.Is(err, auth.ErrNoAccount) || time.Now().After(end) {
				t.Fatalf("after the outage: %+v, %v", got, err)
			}
		}
	}
	s.Pause()
	away("paused")
	s.Resume()
	back()
	s.Stop()
	away("stopped")
	s.Restart(t)
	back()
}

// Ensure that a call without a deadline ends, too, when nobody answers.
func TestNoDeadline(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	users := open(t, s.Collection(t, "users"))
	s.Pause()
	done := make(chan error, 1)
	go func() {
		_, err := users.Find(context.Background(), "Ada", "ada")
		done <- err
	}()
	select {
	case err := <-done:
		wantFailure(t, "a call without a deadline", err)
	case <-time.After(2 * patience):
		t.Error("a call without a deadline hangs")
	}
	s.Resume()
}

// Ensure that what a server refuses is an error, without what it repeats of the
// document.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	users := open(t, s.Collection(t, "users"))
	ada := create(t, users, "Ada")
	invalid := bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(0)}, {Key: "writeErrors", Value: bson.A{bson.D{
		{Key: "index", Value: int32(0)}, {Key: "code", Value: int32(121)}, {Key: "errmsg", Value: "Document failed validation"},
		{Key: "errInfo", Value: bson.D{{Key: "details", Value: bson.D{{Key: "consideredValue", Value: "secret-hash"}}}}},
	}}}}
	for name, answers := range map[string]bson.D{"Create": invalid, "ReplaceHash": invalid, "Find": mongotest.Failure(13, "Unauthorized"), "FindID": mongotest.Failure(13, "Unauthorized")} {
		command := map[string]string{"Create": "insert", "ReplaceHash": "update"}[name]
		if command == "" {
			command = "find"
		}
		s.ScriptAlways(command, mongotest.Step{Skip: true, Answer: answers})
		wantFailure(t, name, operations(users, ada)[name](within(t)))
		s.Unscript()
	}
}

// Ensure that a server that is not there is an error in time, of New as well.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	addr := s.Addr()
	s.Stop()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Disconnect(context.Background()) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := mongousers.New(ctx, client.Database("app").Collection("users"), mongousers.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("New: %v", err)
	}
}
