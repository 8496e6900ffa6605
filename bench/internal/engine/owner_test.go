package engine

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// What a test would fail with, or skip for, is an error; cleaning up goes on.
func TestOwner(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*owner){
		"Fatal":  func(o *owner) { o.Fatal("the reason") },
		"Fatalf": func(o *owner) { o.Fatalf("the %s", "reason") },
		"Skip":   func(o *owner) { o.Skip(errors.New("the reason")) },
	} {
		o, went := newOwner(t.Context(), "test"), false
		err := o.run(func() error {
			end(o)
			went = true
			return nil
		})
		if err == nil || err.Error() != "the reason" || went {
			t.Errorf("%s: %v, went on: %v", name, err, went)
		}
	}

	o := newOwner(t.Context(), "test")
	var order []int
	dir := o.TempDir()
	for i := range 3 {
		o.Cleanup(func() {
			order = append(order, i)
			o.Errorf("cleanup %d", i)
			o.Fatal("at once")
		})
	}
	err := o.close()
	if !slices.Equal(order, []int{2, 1, 0}) {
		t.Errorf("cleaned up in the order %v", order)
	}
	if err == nil || strings.Count(err.Error(), "at once") != 3 || !strings.Contains(err.Error(), "cleanup 0") {
		t.Errorf("errors %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is left: %v", err)
	}
	if err := o.close(); err != nil {
		t.Errorf("again: %v", err)
	}
}
