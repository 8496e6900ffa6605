// Package pieces is how package session reads from a store that keeps records
// in pieces: without having it put them together, which would allocate each
// time and cost as much as the rest of a read.
package pieces

import (
	"context"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Record is a record in two pieces.
type Record struct {
	// Head is empty, or the beginning of the data that the record shares with
	// others: a JSON object up to the comma behind its first member, which is
	// the cookie's settings.
	Head string
	// Tail is the rest of the data.
	Tail string
	// Expires is that of a store.Record.
	Expires time.Time
	// Version is that of a store.Record if there is no Head. If there is, it
	// is empty, and the version is the data.
	Version store.Version
}

// Whole puts the record together.
func (r Record) Whole() store.Record {
	if r.Head == "" {
		return store.Record{Data: r.Tail, Expires: r.Expires, Version: r.Version}
	}
	data := r.Head + r.Tail
	return store.Record{Data: data, Expires: r.Expires, Version: store.Version(data)}
}

// Store is a store that has records in pieces.
type Store interface {
	// GetPieces is Get of store.Store.
	GetPieces(ctx context.Context, id string) (Record, error)
	// SavePieces is Save of store.Store, with the version of base.
	SavePieces(ctx context.Context, id, data string, expires time.Time, base Record) (store.Version, error)
}
