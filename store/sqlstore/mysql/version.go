package mysql

import (
	"strings"

	"github.com/sojourn-dev/sojourn/store"
)

// escape marks the versions that are not simply the data.
const escape = "\x00"

// versionOf returns the version of a record that holds data: the data itself.
// As the empty version is none, that of empty data is a mark, and data that
// begins with the mark gets a second one.
func versionOf(data string) store.Version {
	if data == "" || strings.HasPrefix(data, escape) {
		return store.Version(escape + data)
	}
	return store.Version(data)
}

// dataOf is the reverse of versionOf. The empty version has no data.
func dataOf(v store.Version) (data string, ok bool) {
	return strings.TrimPrefix(string(v), escape), v != ""
}
