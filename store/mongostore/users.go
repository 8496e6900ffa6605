package mongostore

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store"
)

const (
	fieldInstant = "instant"

	// A hint is the document {_id: user + "\n" + id, expires}. No user and no id
	// has a control character, and so the hints of a user are those between the
	// user with this one and the user with the next.
	separator     = "\n"
	nextSeparator = "\v"
)

// AddUserSession implements [store.UserIndex].
func (s *Store) AddUserSession(ctx context.Context, user, id string, expires time.Time) error {
	return wrap(ctx, "add user session", s.changeUser(ctx, user, store.CheckID(id), func() error {
		if instant(expires) <= now() {
			return ctx.Err()
		}
		note := func() error {
			_, err := s.users.UpdateByID(ctx, user+separator+id,
				bson.D{{Key: "$max", Value: bson.D{{Key: fieldExpires, Value: instant(expires)}}}}, options.UpdateOne().SetUpsert(true))
			return err
		}
		err := note()
		if mongo.IsDuplicateKeyError(err) && ctx.Err() == nil {
			// Of two that note the same for the first time, a server may let
			// one fail; then it is there to be changed.
			err = note()
		}
		return err
	}))
}

// RemoveUserSession implements [store.UserIndex].
func (s *Store) RemoveUserSession(ctx context.Context, user, id string) error {
	return wrap(ctx, "remove user session", s.changeUser(ctx, user, store.CheckID(id), func() error {
		_, err := s.users.DeleteOne(ctx, bson.D{{Key: fieldID, Value: user + separator + id}})
		return err
	}))
}

// UserSessions implements [store.UserIndex]. It reads a page of some hundred ids at a
// time and holds nothing while it yields.
func (s *Store) UserSessions(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		after := user + separator
		for {
			page, err := s.userPage(ctx, user, after)
			if err != nil {
				yield("", wrap(ctx, "user sessions", err))
				return
			}
			for _, n := range page {
				// The loop may take its time.
				if err := ctx.Err(); err != nil {
					yield("", wrap(ctx, "user sessions", err))
					return
				}
				if _, id, _ := strings.Cut(n.ID, separator); n.Expires > now() && !yield(id, nil) {
					return
				}
			}
			if len(page) < pageRecords {
				return
			}
			after = page[len(page)-1].ID
		}
	}
}

// noted is a session of a user.
type noted struct {
	ID      string        `bson:"_id"`
	Expires bson.DateTime `bson:"expires"`
}

// userPage returns those of a user's hints that follow the given one.
func (s *Store) userPage(ctx context.Context, user, after string) (page []noted, err error) {
	if err := s.check(store.CheckUser(user)); err != nil {
		return nil, err
	}
	filter := bson.D{
		{Key: fieldID, Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lt", Value: user + nextSeparator}}},
		{Key: fieldExpires, Value: bson.D{{Key: "$gt", Value: now()}}},
	}
	cursor, err := s.users.Find(ctx, filter, options.Find().
		SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(pageRecords).SetBatchSize(pageRecords+1))
	if err != nil {
		return nil, err
	}
	err = cursor.All(ctx, &page)
	return page, err
}

// NotBefore implements [store.UserIndex].
func (s *Store) NotBefore(ctx context.Context, user string) (time.Time, error) {
	if err := s.check(store.CheckUser(user)); err != nil {
		return time.Time{}, wrap(ctx, "not before", err)
	}
	var doc struct{ Instant bson.DateTime }
	err := s.notBefore.FindOne(ctx, bson.D{{Key: fieldID, Value: user}}).Decode(&doc)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, wrap(ctx, "not before", err)
	}
	return doc.Instant.Time(), nil
}

var errNoInstant = errors.New("the zero Time is no instant to set")

// SetNotBefore implements [store.UserIndex].
func (s *Store) SetNotBefore(ctx context.Context, user string, notBefore, base time.Time) error {
	none := instant(time.Time{})
	var invalid error
	if instant(notBefore) == none {
		invalid = errNoInstant
	}
	return wrap(ctx, "set not before", s.changeUser(ctx, user, invalid, func() error {
		if instant(base) == none {
			err := retry(ctx, func() error {
				_, err := s.notBefore.InsertOne(ctx, bson.D{{Key: fieldID, Value: user}, {Key: fieldInstant, Value: instant(notBefore)}})
				return err
			})
			if mongo.IsDuplicateKeyError(err) {
				err = store.ErrConflict
			}
			return err
		}
		return retry(ctx, func() error {
			result, err := s.notBefore.UpdateOne(ctx,
				bson.D{{Key: fieldID, Value: user}, {Key: fieldInstant, Value: instant(base)}},
				bson.D{{Key: "$set", Value: bson.D{{Key: fieldInstant, Value: instant(notBefore)}}}})
			if err == nil && result.MatchedCount == 0 {
				err = store.ErrConflict
			}
			return err
		})
	}))
}

// changeUser is change for what concerns a user. The error says what is wrong with the
// other arguments.
func (s *Store) changeUser(ctx context.Context, user string, invalid error, f func() error) error {
	if err := store.CheckUser(user); err != nil {
		return err
	}
	return s.change(ctx, invalid, f)
}
