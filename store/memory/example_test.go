package memory_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func Example() {
	ctx := context.Background()
	s := memory.New(memory.Options{MaxSessions: 100_000})

	v, err := s.Create(ctx, "id", `{"views":1}`, time.Now().Add(time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	// Somebody else changes the session.
	if _, err := s.Save(ctx, "id", `{"views":2}`, time.Now().Add(time.Hour), v); err != nil {
		log.Fatal(err)
	}
	// What was based on the state before is refused.
	_, err = s.Save(ctx, "id", `{"views":1,"cart":[]}`, time.Now().Add(time.Hour), v)
	fmt.Println(err == store.ErrConflict)

	r, err := s.Get(ctx, "id")
	fmt.Println(r.Data, err)
	// Output:
	// true
	// {"views":2} <nil>
}
