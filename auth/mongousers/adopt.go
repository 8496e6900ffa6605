package mongousers

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/auth"
)

const (
	// adoptBatch is how many accounts are given their key in one write.
	adoptBatch = 50
	// adoptPage is how many are read at once.
	adoptPage = 1000
	// clockSkew is how far the clocks of those who make ObjectIDs may be apart,
	// and how long it may take from there to the document.
	clockSkew = 10 * time.Minute
)

// adopt gives a key to accounts that have none, as another program has made them:
// to all at first, and then to those made since. The oldest comes first.
func (u *Users) adopt(ctx context.Context) error {
	if u.asIs {
		return nil
	}
	now := time.Now().Unix()
	last := bson.NilObjectID
	if second := u.adopted.Load(); second != 0 {
		last = before(second - int64(clockSkew/time.Second))
	}
	// At first all are looked at, for those that have another name by now.
	all := last == bson.NilObjectID
	for {
		page, next, err := u.unkeyed(ctx, last, all)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(page, adoptBatch) {
			if err := u.assign(ctx, batch); err != nil {
				return err
			}
		}
		if next == bson.NilObjectID {
			break
		}
		last = next
	}
	u.adopted.Store(now)
	return nil
}

// unkeyed returns accounts without a key whose ids come after one, and the id after
// which there may be more. With all, it takes keys that fit no name any more away.
// Each page is a query of its own, so that no cursor is open for long, and under our
// own writes.
func (u *Users) unkeyed(ctx context.Context, last bson.ObjectID, all bool) (page []document, next bson.ObjectID, err error) {
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: last}}}} // of that type alone
	if !all {
		filter = append(filter, bson.E{Key: "nameKey", Value: bson.D{{Key: "$exists", Value: false}}})
	}
	cursor, err := u.users.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(adoptPage).
		SetProjection(bson.D{{Key: "username", Value: 1}, {Key: "nameKey", Value: 1}}))
	if err != nil {
		return nil, next, err
	}
	var raw []bson.Raw
	if err := cursor.All(ctx, &raw); err != nil {
		return nil, next, err
	}
	for _, r := range raw {
		// What is no account need not be told apart from others.
		d, err := parse(r)
		switch {
		case err != nil || d.Username == "":
		case d.NameKey == "":
			page = append(page, d)
		case !d.keyed():
			if err := u.release(ctx, d); err != nil {
				return nil, next, err
			}
		}
	}
	if len(raw) == adoptPage {
		next = raw[len(raw)-1].Lookup("_id").ObjectID()
	}
	return page, next, nil
}

// assign gives each of the accounts its key, unless another has it.
func (u *Users) assign(ctx context.Context, accounts []document) error {
	first := map[string]document{}
	var keys []string
	for _, d := range accounts {
		key := auth.Fold(d.Username)
		if _, taken := first[key]; !taken && key != "" {
			first[key] = d
			keys = append(keys, key)
		}
	}
	keys, err := u.untaken(ctx, keys)
	if err != nil || len(keys) == 0 {
		return err
	}
	var writes []mongo.WriteModel
	for _, key := range keys {
		writes = append(writes, mongo.NewUpdateOneModel().
			SetFilter(bson.D{
				{Key: "_id", Value: first[key].ID}, {Key: "username", Value: first[key].Username},
				{Key: "nameKey", Value: bson.D{{Key: "$exists", Value: false}}},
			}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "nameKey", Value: key}}}}))
	}
	_, err = u.users.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return exceptTaken(err)
}

// untaken returns those of the keys that nobody has.
func (u *Users) untaken(ctx context.Context, keys []string) ([]string, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	owners, err := u.all(ctx, bson.D{{Key: "nameKey", Value: bson.D{{Key: "$in", Value: keys}}}})
	if err != nil {
		return nil, err
	}
	for _, owner := range owners {
		if owner.keyed() {
			keys = slices.DeleteFunc(keys, func(key string) bool { return key == owner.NameKey })
		} else if err := u.release(ctx, owner); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// free reports whether a key that was taken is free now, as it had been left behind
// by an account that has another name now.
func (u *Users) free(ctx context.Context, key string) (bool, error) {
	if u.asIs {
		return false, nil
	}
	keys, err := u.untaken(ctx, []string{key})
	return len(keys) > 0, err
}

// release takes a key that does not fit its name from an account, and gives it the
// one that does.
func (u *Users) release(ctx context.Context, d document) error {
	result, err := u.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: d.ID}, {Key: "username", Value: d.Username}, {Key: "nameKey", Value: d.NameKey}},
		bson.D{{Key: "$unset", Value: bson.D{{Key: "nameKey", Value: ""}}}})
	if err != nil || result.MatchedCount == 0 {
		return err
	}
	return u.assign(ctx, []document{d})
}

// exceptTaken returns an error unless it says no more than that somebody else has
// taken a key meanwhile.
func exceptTaken(err error) error {
	var failed mongo.BulkWriteException
	if !errors.As(err, &failed) || failed.WriteConcernError != nil || len(failed.WriteErrors) == 0 {
		return err
	}
	for _, e := range failed.WriteErrors {
		if !e.HasErrorCode(11000) {
			return mongo.CommandError{Code: int32(e.Code), Message: e.Message}
		}
	}
	return nil
}
