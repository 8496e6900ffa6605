package mongousers_test

import (
	"context"
	"log"
	"os"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/mongousers"
)

// The users of an Express application are in the collection that Mongoose names after
// its model.
func Example() {
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGO_URL")))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(ctx)
	users, err := mongousers.New(ctx, client.Database("app").Collection("users"), mongousers.Options{})
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := auth.New(auth.Options{Accounts: users})
	if err != nil {
		log.Fatal(err)
	}
	_ = accounts // Register, Login, RequireUser
}
