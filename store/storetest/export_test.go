package storetest

// Names returns the names of the sub-tests that are about a store alone.
func Names() []string {
	names := []string{leavesNoGoroutines}
	for _, c := range all() {
		names = append(names, c.name)
	}
	return names
}
