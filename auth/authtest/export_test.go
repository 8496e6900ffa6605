package authtest

// Names returns the names of the sub-tests.
func Names() (names []string) {
	for _, c := range all() {
		names = append(names, c.name)
	}
	return names
}
