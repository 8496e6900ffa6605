package envelope_test

import (
	"fmt"
	"log"

	"github.com/sojourn-dev/sojourn/store/mongostore/envelope"
)

// A session as connect-mongo 6 stores it with crypto: { secret }, opened with
// the secret that has since been replaced.
func ExampleCodec() {
	old, err := envelope.New(envelope.Options{Secrets: []string{"the old secret"}})
	if err != nil {
		log.Fatal(err)
	}
	stored, err := old.Seal(`{"cookie":{"path":"/"},"views":1}`)
	if err != nil {
		log.Fatal(err)
	}

	codec, err := envelope.New(envelope.Options{Secrets: []string{"the new secret", "the old secret"}})
	if err != nil {
		log.Fatal(err)
	}
	session, err := codec.Open(stored)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(session)
	// Output: {"cookie":{"path":"/"},"views":1}
}
