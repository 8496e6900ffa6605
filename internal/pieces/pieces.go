// Package pieces is how package session reads from and writes to a store that
// keeps records in pieces: without putting them together and taking them apart,
// which would allocate each time and cost as much as the rest of a read.
package pieces

import (
	"context"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Longest is the length in bytes of the longest data that is kept in pieces. To
// put those of longer data together again would cost more than the tenth that is
// saved is worth.
const Longest = 1024

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

// Draft is a record in two pieces that is to be stored.
type Draft struct {
	// Head is that of a Record. It is not empty.
	Head string
	// Text is the session's id, and behind it the Tail of a Record. The store
	// may keep it, so it is no part of something larger.
	Text string
	// IDLen is how much of Text is the id.
	IDLen int
	// Expires is that of a store.Record.
	Expires time.Time
}

// ID returns the session's id.
func (d Draft) ID() string { return d.Text[:d.IDLen] }

// Data returns the data put together.
func (d Draft) Data() string { return d.Head + d.Text[d.IDLen:] }

// Store is a store that has records in pieces.
type Store interface {
	// GetPieces is Get of store.Store.
	GetPieces(ctx context.Context, id string) (Record, error)
	// CreatePieces is Create of store.Store. It returns the pieces of the draft
	// if the record is kept in them, and its version otherwise.
	CreatePieces(ctx context.Context, d Draft) (Record, error)
	// SavePieces is Save of store.Store, with the version of base, and returns
	// what CreatePieces does.
	SavePieces(ctx context.Context, d Draft, base Record) (Record, error)
}
