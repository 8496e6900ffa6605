package redisstore_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/redis/rueidis"

	"github.com/sojourn-dev/sojourn/store/redisstore"
)

// A store needs nothing but the URL of a server.
func ExampleOpen() {
	ctx := context.Background()
	sessions, err := redisstore.Open(ctx, "redis://localhost", redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer sessions.Close()

	if _, err := sessions.Create(ctx, "an-id", `{"views":1}`, time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	record, err := sessions.Get(ctx, "an-id")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.Data)
}

// An application that has a client uses it for sessions as well.
func ExampleNew() {
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{"localhost:6379"}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	sessions := redisstore.New(client, redisstore.Options{WaitReplicas: 1})
	defer sessions.Close()
}

// Hot sessions are kept in the process, with a client of one's own here.
func ExampleTrack() {
	cache := redisstore.NewCache(redisstore.CacheOptions{MaxAge: 2 * time.Second})
	option := rueidis.ClientOption{InitAddress: []string{"localhost:6379"}}
	redisstore.Track(&option, cache)
	client, err := rueidis.NewClient(option)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	sessions := redisstore.New(client, redisstore.Options{Cache: cache})
	defer sessions.Close()
}
