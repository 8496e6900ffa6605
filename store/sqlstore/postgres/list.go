package postgres

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sojourn-dev/sojourn/store"
)

// A page of All has at most pageRecords, and fewer when the page before it had
// more than pageBytes.
const (
	pageRecords = 256
	pageBytes   = 1 << 20
)

// All implements [store.Lister]. It reads a page at a time, some hundred records
// or about a megabyte, and holds nothing open while it yields.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		after, limit := "", pageRecords
		for {
			page, size, err := s.page(ctx, after, limit)
			if err != nil {
				yield(store.Stored{}, wrap(ctx, "list", err))
				return
			}
			for _, record := range page {
				if store.CheckID(record.ID) != nil {
					continue // somebody else's, and out of reach of the other methods
				}
				// The loop may take its time.
				if err := ctx.Err(); err != nil {
					yield(store.Stored{}, wrap(ctx, "list", err))
					return
				}
				if !yield(record, nil) {
					return
				}
			}
			if len(page) < limit {
				return
			}
			after = page[len(page)-1].ID
			limit = min(pageRecords, max(1, len(page)*pageBytes/max(1, size)))
		}
	}
}

// page returns the records whose ids follow the given one, and how many bytes of
// data they have.
func (s *Store) page(ctx context.Context, after string, limit int) (page []store.Stored, size int, err error) {
	if err := s.check(nil); err != nil {
		return nil, 0, err
	}
	err = s.reread(ctx, func() error {
		page, size = nil, 0
		rows, err := s.pool.Query(ctx, s.sql.page, after, seconds(time.Now()), limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, data string
			var expires float64
			if err := rows.Scan(&id, &data, &expires); err != nil {
				return err
			}
			page = append(page, store.Stored{ID: id, Record: recordOf(data, expires)})
			size += len(data)
		}
		return rows.Err()
	})
	return page, size, err
}

// Count implements [store.Counter].
func (s *Store) Count(ctx context.Context) (int, error) {
	var n int
	err := s.check(nil)
	if err == nil {
		err = s.reread(ctx, func() error {
			return s.pool.QueryRow(ctx, s.sql.count, seconds(time.Now())).Scan(&n)
		})
	}
	return n, wrap(ctx, "count", err)
}

// Clear implements [store.Clearer]. The instants of users stay. The records go
// first: a hint without a record does no harm.
func (s *Store) Clear(ctx context.Context) error {
	err := s.check(nil)
	if err == nil {
		err = s.retry(ctx, func() error { return s.exec(ctx, nil, s.sql.clear) })
	}
	if err == nil {
		err = s.retry(ctx, func() error { return s.exec(ctx, nil, s.sql.clearUsers) })
		if undefinedTable(err) {
			err = nil // without the table there are no hints
		}
	}
	return wrap(ctx, "clear", err)
}

// undefinedTable reports whether a statement has failed for want of its table.
func undefinedTable(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "42P01"
}
