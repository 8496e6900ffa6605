package authtest_test

import (
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/authtest"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	authtest.Run(t, func(*testing.T) auth.Accounts { return newPlain() })
}
