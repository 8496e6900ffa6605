package storetest

// Names returns the names of all sub-tests.
func Names() []string {
	names := []string{leavesNoGoroutines}
	for _, c := range all() {
		names = append(names, c.name)
	}
	return names
}
