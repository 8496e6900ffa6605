package session

import (
	"fmt"
	"os"
	"reflect"
	"testing"
)

// All sessions to which nothing was done share one work. Whoever writes to it
// has forgotten toWork, and has changed the sessions of others.
func TestMain(m *testing.M) {
	code := m.Run()
	if !reflect.DeepEqual(&untouched, new(work)) {
		fmt.Fprintf(os.Stderr, "what is shared was written to: %+v\n", &untouched)
		code = 1
	}
	os.Exit(code)
}
