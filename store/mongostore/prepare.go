package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// prepare finds out early what would fail late, or not at all, and sees to it that what
// expires is deleted.
func (s *Store) prepare(ctx context.Context) error {
	for _, c := range []*mongo.Collection{s.sessions, s.users, s.notBefore} {
		if err := s.checkKind(ctx, c.Name()); err != nil {
			return err
		}
	}
	s.sweep.sessions, s.sweep.users = true, true
	for _, c := range []struct {
		*mongo.Collection
		sweep *bool
	}{{s.sessions, &s.sweep.sessions}, {s.users, &s.sweep.users}} {
		expires, err := s.expiryIndex(ctx, c.Collection)
		if err != nil {
			return err
		}
		*c.sweep = !expires
	}
	return nil
}

// checkKind refuses a collection that is there and would not keep what it is given: in
// one with a collation, texts are the same that are not.
func (s *Store) checkKind(ctx context.Context, name string) error {
	specs, err := s.db.ListCollectionSpecifications(ctx, bson.D{{Key: "name", Value: name}})
	if code(err) == codeUnauthorized {
		return nil // whoever may not know may still use it
	}
	if err != nil {
		return err
	}
	for _, spec := range specs {
		if spec.Name != name {
			continue
		}
		if spec.Type != "" && spec.Type != "collection" {
			return errors.New("the name is that of a view or a time series, and not of a collection")
		}
		if _, err := spec.Options.LookupErr("collation"); err == nil {
			return errors.New("the collection has a collation, to which ids are the same that are not")
		}
		if capped, err := spec.Options.LookupErr("capped"); err == nil && capped.Type == bson.TypeBoolean && capped.Boolean() {
			return errors.New("the collection is capped, and would drop sessions")
		}
	}
	return nil
}

// expiryIndex reports whether the server deletes what has expired in a collection. It
// creates the index of connect-mongo unless that is forbidden or impossible.
func (s *Store) expiryIndex(ctx context.Context, c *mongo.Collection) (bool, error) {
	if s.opts.NoIndexes {
		return s.hasExpiryIndex(ctx, c)
	}
	_, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys:    bson.D{{Key: fieldExpires, Value: 1}},
		Options: options.Index().SetExpireAfterSeconds(0),
	})
	switch code(err) {
	case codeNotImplemented, codeCommandNotFound:
		return false, nil
	case codeUnauthorized, codeIndexConflict, codeIndexKeyConflict:
		return s.hasExpiryIndex(ctx, c)
	}
	if err != nil {
		return false, fmt.Errorf("create the index on %s: %w", fieldExpires, err)
	}
	return true, nil
}

// hasExpiryIndex looks for an index by which the server deletes what has expired.
func (s *Store) hasExpiryIndex(ctx context.Context, c *mongo.Collection) (bool, error) {
	cursor, err := c.Indexes().List(ctx)
	if code(err) == codeUnauthorized {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var indexes []struct {
		Key         bson.D
		ExpireAfter *float64 `bson:"expireAfterSeconds"`
	}
	if err := cursor.All(ctx, &indexes); err != nil {
		return false, err
	}
	for _, i := range indexes {
		if i.ExpireAfter != nil && len(i.Key) == 1 && i.Key[0].Key == fieldExpires {
			return true, nil
		}
	}
	return false, nil
}
