package mongostore

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sojourn-dev/sojourn/store"
)

// Store keeps sessions in a collection of a database. It implements [store.Store],
// [store.Lister], [store.Counter], [store.Clearer] and [store.UserIndex].
type Store struct {
	db        *mongo.Database
	client    *mongo.Client // nil if it is somebody else's
	opts      Options
	sessions  *mongo.Collection
	users     *mongo.Collection
	notBefore *mongo.Collection
	sweep     sweeper
	closed    atomic.Bool
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Lister    = (*Store)(nil)
	_ store.Counter   = (*Store)(nil)
	_ store.Clearer   = (*Store)(nil)
	_ store.UserIndex = (*Store)(nil)
	_ io.Closer       = (*Store)(nil)
)

// ErrClosed: the store was closed.
var ErrClosed = errors.New("store is closed")

// newStore takes options that are complete.
func newStore(db *mongo.Database, o Options) *Store {
	s := &Store{
		db: db, opts: o,
		sessions:  collection(db, o.Collection, o),
		users:     collection(db, o.Collection+usersSuffix, o),
		notBefore: collection(db, o.Collection+notBeforeSuffix, o),
	}
	s.sweep.put(o.SweepInterval)
	return s
}

// Database returns the database of the store. A program that has opened the store by
// its URL may use it for its other collections as well. It is closed with the store
// if it was [Open] or [Connect] that has made the connections.
func (s *Store) Database() *mongo.Database { return s.db }

// Close closes the store, and the connections if the store has made them. What is
// under way gets five seconds to finish; later calls of other methods are errors that
// wrap [ErrClosed]. It may be called more than once.
func (s *Store) Close() error {
	if s.closed.Swap(true) || s.client == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return wrap(ctx, "close", s.client.Disconnect(ctx))
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	if err := s.check(store.CheckID(id)); err != nil {
		return store.Record{}, wrap(ctx, "get", err)
	}
	var r store.Record
	doc, err := s.sessions.FindOne(ctx, live(id, now())).Raw()
	if err == nil {
		r, err = s.record(doc)
	}
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = store.ErrNotFound
	}
	return r, wrap(ctx, "get", err)
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id, data string, expires time.Time) (v store.Version, err error) {
	err = s.write(ctx, id, func() error {
		value, err := s.encode(data, "")
		if err != nil {
			return err
		}
		v = versionOf(value)
		return s.create(ctx, id, value, instant(expires))
	})
	if err != nil {
		return "", wrap(ctx, "create", err)
	}
	return v, nil
}

// create is one command unless there is a document of that id. The order of the
// fields is the one in which MongoDB 5.0 and newer make them of connect-mongo's
// upsert.
func (s *Store) create(ctx context.Context, id string, value bson.RawValue, expires bson.DateTime) error {
	doc := append(bson.D{{Key: fieldID, Value: id}}, s.fields(value, expires)...)
	for range maxCreations {
		now := now()
		err := retry(ctx, func() error { _, err := s.sessions.InsertOne(ctx, doc); return err })
		if !mongo.IsDuplicateKeyError(err) {
			return err
		}
		// What has expired gives way, with all that others have added to it.
		var replaced *mongo.UpdateResult
		err = retry(ctx, func() (err error) {
			replaced, err = s.sessions.ReplaceOne(ctx, bson.D{{Key: fieldID, Value: id}, {Key: fieldExpires, Value: bson.D{{Key: "$lte", Value: now}}}}, doc)
			return err
		})
		if err != nil || replaced.MatchedCount > 0 {
			return err
		}
		there, err := s.there(ctx, id)
		switch {
		case err != nil:
			return err
		case there:
			return store.ErrExists
		}
		// Somebody has deleted it meanwhile.
	}
	return errDuplicate
}

// maxCreations is how often a document that is said to be there may be gone a moment
// later.
const maxCreations = 5

// errDuplicate: what the server calls a duplicate is not one of the id.
var errDuplicate = errors.New("a unique index other than the id's refuses the document, or one of that id has an expiry that is no date")

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (v store.Version, err error) {
	err = s.write(ctx, id, func() error {
		value, err := s.encode(data, base)
		if err != nil {
			return err
		}
		v = versionOf(value)
		filter, ok := current(id, base)
		if !ok {
			return s.unchanged(ctx, id)
		}
		n, err := s.update(ctx, filter, bson.D{{Key: "$set", Value: s.fields(value, instant(expires))}})
		if err != nil || n > 0 {
			return err
		}
		return s.unchanged(ctx, id)
	})
	if err != nil {
		return "", wrap(ctx, "save", err)
	}
	return v, nil
}

// Touch implements [store.Store]. It is one command. A record without an expiry,
// which only others make, gets one.
func (s *Store) Touch(ctx context.Context, id string, expires time.Time) error {
	return wrap(ctx, "touch", s.write(ctx, id, func() error {
		change := bson.D{{Key: "$max", Value: bson.D{{Key: fieldExpires, Value: instant(expires)}}}}
		if s.opts.LastModified {
			change = append(change, bson.E{Key: "$set", Value: bson.D{{Key: fieldLastModified, Value: now()}}})
		}
		n, err := s.update(ctx, live(id, now()), change)
		if err == nil && n == 0 {
			err = store.ErrNotFound
		}
		return err
	}))
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, base store.Version) error {
	return wrap(ctx, "delete", s.write(ctx, id, func() error {
		filter := bson.D{{Key: fieldID, Value: id}}
		if base != "" {
			var ok bool
			if filter, ok = current(id, base); !ok {
				return s.unchanged(ctx, id)
			}
		}
		var deleted *mongo.DeleteResult
		err := retry(ctx, func() (err error) { deleted, err = s.sessions.DeleteOne(ctx, filter); return err })
		if err != nil || base == "" || deleted.DeletedCount > 0 {
			return err
		}
		return s.unchanged(ctx, id)
	}))
}

// update changes the document of a filter, and returns how many there are. Never does
// it make one.
func (s *Store) update(ctx context.Context, filter, change bson.D) (n int64, err error) {
	err = retry(ctx, func() error {
		result, err := s.sessions.UpdateOne(ctx, filter, change)
		if err == nil {
			n = result.MatchedCount
		}
		return err
	})
	return n, err
}

// unchanged says why a command has changed nothing. It looks after the fact, when
// others may have been at work, but either answer was true at some instant since the
// call began.
func (s *Store) unchanged(ctx context.Context, id string) error {
	there, err := s.there(ctx, id)
	switch {
	case err != nil:
		return err
	case there:
		return store.ErrConflict
	}
	return store.ErrNotFound
}

// there reports whether id has a record.
func (s *Store) there(ctx context.Context, id string) (bool, error) {
	err := s.sessions.FindOne(ctx, live(id, now()), onlyID).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	return err == nil, err
}

// write calls f if there is nothing wrong with the id. What succeeds does its part of
// the sweep as well.
func (s *Store) write(ctx context.Context, id string, f func() error) error {
	return s.change(ctx, store.CheckID(id), f)
}

// change is write with what is wrong with the arguments.
func (s *Store) change(ctx context.Context, invalid error, f func() error) error {
	if err := s.check(invalid); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	s.sweep.run(ctx, s)
	return nil
}

// check adds to what is wrong with a call's arguments that the store is closed.
func (s *Store) check(invalid error) error {
	if invalid == nil && s.closed.Load() {
		return ErrClosed
	}
	return invalid
}
