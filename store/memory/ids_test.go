package memory_test

import "fmt"

// ids are as long as the ids of package session.
var ids = makeIDs(50_000)

func makeIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%032x", uint64(i+1)*0x9e3779b97f4a7c15)
	}
	return ids
}
