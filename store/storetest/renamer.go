package storetest

import "github.com/sojourn-dev/sojourn/store"

// storedID returns the id under which a store keeps what it is given as id, and
// which it yields.
func storedID(s store.Store, id string) string {
	if r, ok := s.(store.Renamer); ok {
		return r.StoredID(id)
	}
	return id
}
