package redisstore_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/rueidis"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// All commands share one connection, unless the client's options say otherwise.
func TestConnections(t *testing.T) {
	t.Parallel()
	for multiplex, want := range map[int]int{0: 1, 1: 2, 2: 4} {
		t.Run(fmt.Sprint(multiplex), func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			count := func() int {
				n, err := strconv.Atoi(server.Info("clients", "connected_clients"))
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := count()
			s, err := redisstore.Connect(t.Context(), rueidis.ClientOption{
				InitAddress: []string{server.Addr()}, PipelineMultiplex: multiplex,
			}, redisstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var wg sync.WaitGroup
			for i := range 64 {
				wg.Go(func() {
					if _, err := s.Get(t.Context(), fmt.Sprint("id", i)); !errors.Is(err, store.ErrNotFound) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := count() - before; got != want {
				t.Errorf("%d connections, want %d", got, want)
			}
		})
	}
}
