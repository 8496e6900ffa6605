package mongostore

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store"
)

const (
	// A page of All ends at whichever of these comes first.
	pageRecords = 256
	pageBytes   = 1 << 20

	// batchRecords is how many documents an answer has at most. The server also
	// ends it at 16 megabytes.
	batchRecords = 64
)

// All implements [store.Lister]. It reads a page at a time, some hundred records or
// about a megabyte, and holds nothing while it yields. A record that cannot be read
// is an error, see [ErrRecord], and the end.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		after := ""
		for {
			page, last, err := s.page(ctx, after)
			for _, record := range page {
				if !yield(record, nil) {
					return
				}
			}
			if err != nil {
				yield(store.Stored{}, wrap(ctx, "list", err))
				return
			}
			if last == "" {
				return
			}
			after = last
		}
	}
}

// page returns the records whose ids follow the given one, those before an error too,
// and the last id that it has looked at. Ids of other types than text follow none.
func (s *Store) page(ctx context.Context, after string) (page []store.Stored, last string, err error) {
	if err := s.check(nil); err != nil {
		return nil, "", err
	}
	filter := bson.D{{Key: fieldID, Value: bson.D{{Key: "$gt", Value: after}}}, notExpired(now())}
	cursor, err := s.sessions.Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(pageRecords).SetBatchSize(batchRecords))
	if err != nil {
		return nil, "", err
	}
	defer cursor.Close(ctx)
	for size := 0; size < pageBytes && cursor.Next(ctx); size += len(cursor.Current) {
		id, ok := cursor.Current.Lookup(fieldID).StringValueOK()
		if !ok {
			continue
		}
		last = id
		if store.CheckID(id) != nil {
			continue // somebody else's, and out of reach of the other methods
		}
		r, err := s.record(cursor.Current)
		if err != nil {
			return page, last, err
		}
		page = append(page, store.Stored{ID: id, Record: r})
	}
	return page, last, cursor.Err()
}

// Count implements [store.Counter]. The server looks at all records.
func (s *Store) Count(ctx context.Context) (int, error) {
	if err := s.check(nil); err != nil {
		return 0, wrap(ctx, "count", err)
	}
	n, err := s.sessions.CountDocuments(ctx, bson.D{notExpired(now())})
	return int(n), wrap(ctx, "count", err)
}

// Clear implements [store.Clearer]. It keeps the indexes, as connect-mongo 6 does. The
// instants of users stay.
func (s *Store) Clear(ctx context.Context) error {
	if err := s.check(nil); err != nil {
		return wrap(ctx, "clear", err)
	}
	// The records go first: a hint without a record does no harm.
	_, err := s.sessions.DeleteMany(ctx, bson.D{})
	if err == nil {
		_, err = s.users.DeleteMany(ctx, bson.D{})
	}
	return wrap(ctx, "clear", err)
}
