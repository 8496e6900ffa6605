package store_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// This one stands for what is in the environment, or in a file, of a program: 32
// random bytes, as openssl rand -base64 32 makes them.
const keysFromEnvironment = "pB/H3KSxk/rXYIDjkxH2aPes2X9J9Gx9xKKrjrGM4k0="

// Neither an id nor the data of a session can be read in the database.
func Example_wrappers() {
	keys, err := store.ParseKeys(keysFromEnvironment)
	if err != nil {
		log.Fatal(err)
	}
	database := memory.New(memory.Options{}) // or sqlite.Open("sessions.db"), or any other
	sealed, err := store.Encrypt(database, keys...)
	if err != nil {
		log.Fatal(err)
	}
	sessions := store.HashIDs(sealed) // for session.Options

	ctx := context.Background()
	if _, err := sessions.Create(ctx, "an-id", `{"views":1}`, time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	for r := range database.All(ctx) {
		fmt.Println(r.ID)
		fmt.Println(r.Data[:42])
	}
	r, err := sessions.Get(ctx, "an-id")
	fmt.Println(r.Data, err)
	// Output:
	// N-DldNY4onhJcJyIGj6jRjJIpkMGwWfjym5EH1r7Ik4
	// {"sojourn_encrypted":1,"key":"wELVmXLDB7s"
	// {"views":1} <nil>
}

// What a list of sessions yields are hashes. Stored returns the store that takes
// them, here to end a session that somebody has picked from the list.
func ExampleHashIDs() {
	ctx := context.Background()
	sessions := store.HashIDs(memory.New(memory.Options{}))
	if _, err := sessions.Create(ctx, "an-id", `{"views":1}`, time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	stored := sessions
	if r, ok := sessions.(store.Renamer); ok {
		stored = r.Stored()
	}
	for r, err := range sessions.(store.Lister).All(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.ID)
		if err := stored.Delete(ctx, r.ID, ""); err != nil {
			log.Fatal(err)
		}
	}
	_, err := sessions.Get(ctx, "an-id")
	fmt.Println(err)
	// Output:
	// N-DldNY4onhJcJyIGj6jRjJIpkMGwWfjym5EH1r7Ik4
	// session not found
}

// The new key stands before the old one, which is dropped when no record needs
// it any more.
func ExampleEncrypt() {
	keys, err := store.ParseKeys("y6C5h7f+vxJWLrxtz8NQLIrsDKcU88ewpiuY+wNBrwE=, " + keysFromEnvironment)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := store.Encrypt(memory.New(memory.Options{}), keys...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reencrypt(context.Background(), sessions))
	// Output: <nil>
}

// reencrypt saves all sessions as they are, so that none needs an old key. One
// that is touched at the same moment may lose that touch, until the next.
func reencrypt(ctx context.Context, sessions store.Store) error {
	stored := sessions.(store.Renamer).Stored()
	for r, err := range sessions.(store.Lister).All(ctx) {
		if err != nil {
			return err
		}
		_, err := stored.Save(ctx, r.ID, r.Data, r.Expires, r.Version)
		if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			continue // somebody else has saved or ended it meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}
