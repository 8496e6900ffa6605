package mongostore_test

import (
	"context"
	"log"
	"net/http"
	"os"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/mongostore"
)

// A store needs the URL of a database.
func Example() {
	store, err := mongostore.Open(context.Background(), os.Getenv("MONGODB_URL"), mongostore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions, err := session.New(session.Options{Secrets: []string{os.Getenv("SESSION_SECRET")}, Store: store})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":3000", sessions.Handler(http.DefaultServeMux)))
}

// Sessions and the application's own collections share a client. Where Express has
// stringify: false and touchAfter, the store has these two options.
func ExampleNew() {
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URL")).SetRetryWrites(false))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Disconnect(context.Background())
	store, err := mongostore.New(client.Database("app"), mongostore.Options{Documents: true, LastModified: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}
