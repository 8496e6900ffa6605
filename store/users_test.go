package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

func TestCheckUser(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"1", "ada@example.com", "with space", "ÄÖ😀", `'; --`, strings.Repeat("x", store.MaxUserLength)} {
		if err := store.CheckUser(user); err != nil {
			t.Errorf("%.20q: %v", user, err)
		}
	}
	for _, user := range []string{
		"", strings.Repeat("x", store.MaxUserLength+1), "secret\x00", "secret\n", "secret\x7f", "secret\u0085", "secret\xff",
	} {
		err := store.CheckUser(user)
		if !errors.Is(err, store.ErrInvalidUser) {
			t.Errorf("%.20q: %v, want %v", user, err, store.ErrInvalidUser)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%.20q: the error %q repeats the name", user, err)
		}
	}
}
