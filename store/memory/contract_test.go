package memory_test

import (
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store {
		return memory.New(memory.Options{})
	})
}

func TestContractWithLimit(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store {
		return memory.New(memory.Options{MaxSessions: 1 << 20})
	})
}
