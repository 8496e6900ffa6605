package sqlite

import (
	"context"
	"iter"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// A page of All ends at whichever of these comes first.
const (
	pageRecords = 256
	pageBytes   = 1 << 20
)

// All implements [store.Lister]. It reads a page at a time, some hundred
// records or about a megabyte, and holds nothing open while it yields.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		after := ""
		for {
			page, err := s.page(ctx, after)
			if err != nil {
				yield(store.Stored{}, wrap("list", err))
				return
			}
			if len(page) == 0 {
				return
			}
			for _, record := range page {
				if store.CheckID(record.ID) != nil {
					continue // somebody else's, and out of reach of the other methods
				}
				if !yield(record, nil) {
					return
				}
			}
			after = page[len(page)-1].ID
		}
	}
}

// page returns the records whose ids follow the given one.
func (s *Store) page(ctx context.Context, after string) ([]store.Stored, error) {
	if s.closed.Load() {
		return nil, errClosed
	}
	rows, err := s.db.reader.QueryContext(ctx, s.sql.page, after, time.Now().UnixMilli(), pageRecords)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []store.Stored
	for size := 0; size < pageBytes && rows.Next(); {
		var id, data string
		var millis int64
		if err := rows.Scan(&id, &data, &millis); err != nil {
			return nil, err
		}
		page = append(page, store.Stored{ID: id, Record: recordOf(data, millis)})
		size += len(data)
	}
	return page, rows.Err()
}

// Count implements [store.Counter].
func (s *Store) Count(ctx context.Context) (int, error) {
	if s.closed.Load() {
		return 0, wrap("count", errClosed)
	}
	var n int
	err := s.db.reader.QueryRowContext(ctx, s.sql.count, time.Now().UnixMilli()).Scan(&n)
	return n, wrap("count", err)
}

// Clear implements [store.Clearer]. The instants of users stay.
func (s *Store) Clear(ctx context.Context) error {
	if s.closed.Load() {
		return wrap("clear", errClosed)
	}
	_, err := s.db.writer.ExecContext(ctx, s.sql.clear)
	return wrap("clear", err)
}
