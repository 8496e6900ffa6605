//go:build !race

package check

import "testing"

// Requests allocate no more than was recorded. Under the race detector, where
// sync.Pool drops some of what is put into it, the numbers mean nothing.
func TestAllocations(t *testing.T) {
	recorded, err := Read("../../recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	measured, err := Allocations()
	if err != nil {
		t.Fatal(err)
	}
	for _, loss := range Compare("allocations", recorded.Allocations, measured) {
		t.Error(loss)
	}
}
