package storetest

import "github.com/sojourn-dev/sojourn/store"

// storedID returns the id that the store yields for the record of id.
func storedID(s store.Store, id string) string {
	if r, ok := s.(store.Renamer); ok {
		return r.StoredID(id)
	}
	return id
}
