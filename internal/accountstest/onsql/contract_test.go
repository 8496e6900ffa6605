package onsql_test

import (
	"testing"

	"github.com/sojourn-dev/sojourn/auth/authtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			authtest.Run(t, open(t).users)
		})
	}
}
