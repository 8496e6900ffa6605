package onmongo_test

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/authtest"
	"github.com/sojourn-dev/sojourn/auth/mongousers"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

const patience = time.Minute

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestContract(t *testing.T) {
	t.Parallel()
	s := mongotest.Start(t)
	db := s.Client(t).Database(s.Database())
	authtest.Run(t, func(t *testing.T) auth.Accounts { return open(t, db.Collection(t.Name())) })
}

func open(t testing.TB, c *mongo.Collection) *mongousers.Users {
	t.Helper()
	users, err := mongousers.New(within(t), c, mongousers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return users
}
