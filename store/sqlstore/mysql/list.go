package mysql

import (
	"context"
	"iter"

	"github.com/sojourn-dev/sojourn/store"
)

const (
	// A page of All ends at whichever of these comes first.
	pageRecords = 256
	pageBytes   = 1 << 20

	// clearBatch is how many rows one statement of Clear deletes.
	clearBatch = 1000
)

// All implements [store.Lister]. It reads a page at a time, some hundred records or
// about a megabyte, and holds nothing while it yields.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		after := ""
		for {
			page, err := s.page(ctx, after)
			if err != nil {
				yield(store.Stored{}, wrap(ctx, "list", err))
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
	if err := s.check(nil); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, s.sql.page, after, now(), pageRecords)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []store.Stored
	for size := 0; size < pageBytes && rows.Next(); {
		var id, data string
		var seconds int64
		if err := rows.Scan(&id, &data, &seconds); err != nil {
			return nil, err
		}
		page = append(page, store.Stored{ID: id, Record: recordOf(data, seconds)})
		size += len(data)
	}
	return page, rows.Err()
}

// Count implements [store.Counter]. The server looks at all records.
func (s *Store) Count(ctx context.Context) (int, error) {
	if err := s.check(nil); err != nil {
		return 0, wrap(ctx, "count", err)
	}
	var n int
	err := s.row(ctx, s.sql.count, []any{now()}, &n)
	return n, wrap(ctx, "count", err)
}

// Clear implements [store.Clearer]. It deletes a thousand records at a time, so that
// others need not wait for all. The instants of users stay.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.check(nil); err != nil {
		return wrap(ctx, "clear", err)
	}
	// The records go first: a hint without a record does no harm.
	for _, query := range []string{s.sql.clear, s.sql.clearUsers} {
		for n := int64(clearBatch); n == clearBatch; {
			var err error
			if n, err = s.exec(ctx, query, clearBatch); err != nil {
				return wrap(ctx, "clear", err)
			}
		}
	}
	return nil
}
