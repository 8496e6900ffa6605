package mongostore_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// Ensure that operations send what the documentation says, that writes wait for the
// majority, and that nothing but a note of a user's session can make a document.
func TestCommands(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	var v store.Version
	expires := hourFromNow()
	one := func(name string) map[string]int { return map[string]int{name: 1} }
	for _, step := range []struct {
		name string
		do   func(context.Context) error
		want map[string]int
	}{
		{"create", func(ctx context.Context) (err error) {
			v, err = s.Create(ctx, "id", "{}", expires)
			return err
		}, one("insert")},
		{"get", func(ctx context.Context) error { _, err := s.Get(ctx, "id"); return err }, one("find")},
		{"save", func(ctx context.Context) (err error) {
			v, err = s.Save(ctx, "id", `{"a":1}`, expires, v)
			return err
		}, one("update")},
		{"save the same", func(ctx context.Context) (err error) {
			v, err = s.Save(ctx, "id", `{"a":1}`, expires, v)
			return err
		}, one("update")},
		{"touch", func(ctx context.Context) error { return s.Touch(ctx, "id", expires.Add(time.Minute)) }, one("update")},
		{"touch that moves nothing", func(ctx context.Context) error { return s.Touch(ctx, "id", expires) }, one("update")},
		{"note", func(ctx context.Context) error { return s.AddUserSession(ctx, "ada", "id", expires) }, one("update")},
		{"note again", func(ctx context.Context) error { return s.AddUserSession(ctx, "ada", "id", expires) }, one("update")},
		{"noted", func(ctx context.Context) error {
			for _, err := range s.UserSessions(ctx, "ada") {
				if err != nil {
					return err
				}
			}
			return nil
		}, one("find")},
		{"instant", func(ctx context.Context) error { _, err := s.NotBefore(ctx, "ada"); return err }, one("find")},
		{"first instant", func(ctx context.Context) error {
			return s.SetNotBefore(ctx, "ada", time.UnixMilli(1), time.Time{})
		}, one("insert")},
		{"next instant", func(ctx context.Context) error {
			return s.SetNotBefore(ctx, "ada", time.UnixMilli(2), time.UnixMilli(1))
		}, one("update")},
		{"delete", func(ctx context.Context) error { return s.Delete(ctx, "id", v) }, one("delete")},
		{"delete what is gone", func(ctx context.Context) error { return s.Delete(ctx, "id", "") }, one("delete")},
	} {
		server.Watch()
		if err := step.do(within(t, patience)); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := server.Calls(); !maps.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
		for _, c := range server.Commands() {
			if c.Name != "find" && c.Body.Lookup("writeConcern", "w").StringValue() != "majority" {
				t.Errorf("%s: %v", step.name, c.Body)
			}
			if _, err := c.Body.LookupErr("txnNumber"); err == nil {
				t.Errorf("%s would be repeated: %v", step.name, c.Body)
			}
		}
	}
}

// Ensure that writes of records never have the server make one, whatever else.
func TestNoUpsert(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{LastModified: true})
	base := created(t, s, "id")
	if err := s.Delete(within(t, patience), "id", base); err != nil {
		t.Fatal(err)
	}
	if err := s.Touch(within(t, patience), "id", hourFromNow()); !isNotFound(err) {
		t.Errorf("touch: %v", err)
	}
	if _, err := s.Save(within(t, patience), "id", "{}", hourFromNow(), base); !isNotFound(err) {
		t.Errorf("save: %v", err)
	}
	n, err := server.Collection(t, "sessions").CountDocuments(within(t, patience), bson.D{})
	if err != nil || n != 0 {
		t.Errorf("%d documents, %v", n, err)
	}
}
