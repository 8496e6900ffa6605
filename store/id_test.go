package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
)

// Every byte, at every place in ids of several lengths, beside bytes that might
// hide it.
func TestCheckID(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 7, 8, 9, 16, 23, 32, store.MaxIDLength} {
		for place := range length {
			for b := range 256 {
				for _, beside := range []string{"!", "A", "~"} {
					id := strings.Repeat(beside, place) + string([]byte{byte(b)}) + strings.Repeat(beside, length-place-1)
					err := store.CheckID(id)
					if want := b >= 0x21 && b <= 0x7e; want != (err == nil) || !want && !errors.Is(err, store.ErrInvalidID) {
						t.Fatalf("%q: %v", id, err)
					}
					if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("byte %d ", place)) {
						t.Fatalf("%q: %v, want byte %d", id, err, place)
					}
				}
			}
		}
	}
	for _, length := range []int{0, store.MaxIDLength + 1} {
		if err := store.CheckID(strings.Repeat("a", length)); !errors.Is(err, store.ErrInvalidID) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
	for _, id := range []string{"\x80\x80\x80\x80\x80\x80\x80\x80", "\xff\xff\xff\xff\xff\xff\xff\xff", "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", "\x00\xff\x00\xff\x00\xff\x00\xff", "aaaa\u00e9aa"} {
		if err := store.CheckID(id); !errors.Is(err, store.ErrInvalidID) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
