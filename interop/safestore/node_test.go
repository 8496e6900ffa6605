package safestore_test

import (
	"testing"

	"github.com/sojourn-dev/sojourn/interop/node"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// TestNode runs the package's own tests.
func TestNode(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"merge.test.js", "store.test.js"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			redis := redistest.Start(t)
			node.Run(t, "../safe-store/"+script, "", "REDIS_URL="+redis.URL(0))
		})
	}
}
