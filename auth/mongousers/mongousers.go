package mongousers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/sojourn-dev/sojourn/auth"
)

// ErrDocument: a document of the collection is not an account, as its _id is no
// ObjectID, or its username or password no string.
var ErrDocument = errors.New("the document is not an account")

// Options are the settings of [New]. The zero value is a good choice.
type Options struct {
	// AsIs has New change nothing: neither are the indexes made, nor is a nameKey
	// given to accounts without one, by New or by Create. It is for a user of the
	// database who may not do so. Without the indexes, which somebody else must
	// make then, names are not unique.
	AsIs bool
}

// Users keeps accounts in a collection. It implements [auth.Accounts] and owns
// nothing: whoever connected the client disconnects it.
type Users struct {
	users *mongo.Collection
	asIs  bool
	// adopted is the second up to which accounts that another program has made
	// were given their key.
	adopted atomic.Int64
}

var _ auth.Accounts = (*Users)(nil)

// New returns the accounts in a collection. It makes the two indexes if they are
// not there, which fails where there are two accounts of one name, and gives a
// nameKey to the accounts without one. The first time that may take a while: one
// reading of the collection, and a write for each fifty accounts.
func New(ctx context.Context, users *mongo.Collection, o Options) (*Users, error) {
	u := &Users{asIs: o.AsIs, users: users.Clone(options.Collection().
		SetWriteConcern(writeconcern.Majority()).SetReadPreference(readpref.Primary()))}
	if o.AsIs {
		return u, nil
	}
	if err := u.makeIndexes(ctx); err != nil {
		return nil, wrap(ctx, "make indexes", err)
	}
	if err := u.adopt(ctx); err != nil {
		return nil, wrap(ctx, "give keys to accounts", err)
	}
	return u, nil
}

// makeIndexes makes the indexes that are missing. It looks first, for making one
// takes a privilege, also where it is there already.
func (u *Users) makeIndexes(ctx context.Context) error {
	there, err := u.users.Indexes().ListSpecifications(ctx)
	if err != nil {
		return err
	}
	for _, wanted := range []struct {
		member string
		sparse bool
	}{{"username", false}, {"nameKey", true}} {
		keys := bson.D{{Key: wanted.member, Value: int32(1)}}
		is := func(s mongo.IndexSpecification) bool {
			first, err := s.KeysDocument.IndexErr(0)
			return err == nil && first.Key() == wanted.member && s.Unique != nil && *s.Unique && !more(s.KeysDocument)
		}
		if slices.ContainsFunc(there, is) {
			continue
		}
		if !wanted.sparse {
			// An application that names its users otherwise could make no second
			// one under this index.
			nameless, err := u.users.CountDocuments(ctx, bson.D{{Key: wanted.member, Value: bson.D{{Key: "$exists", Value: false}}}}, options.Count().SetLimit(1))
			if err != nil {
				return err
			}
			if nameless > 0 {
				return fmt.Errorf("%w: one has no username", ErrDocument)
			}
		}
		o := options.Index().SetUnique(true)
		if wanted.sparse {
			o.SetSparse(true)
		}
		if _, err := u.users.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: o}); err != nil {
			return fmt.Errorf("on %s: %w", wanted.member, err)
		}
	}
	return nil
}

// more reports whether an index is on more than one member.
func more(keys bson.Raw) bool {
	_, err := keys.IndexErr(1)
	return err == nil
}

// document is an account as it is stored, in the order of its members.
type document struct {
	ID       bson.ObjectID `bson:"_id"`
	Username string        `bson:"username"`
	Password string        `bson:"password"`
	Version  int32         `bson:"__v"`
	NameKey  string        `bson:"nameKey,omitempty"`
}

// keyed reports whether the key is that of the name: Express may have changed the
// name.
func (d document) keyed() bool { return d.NameKey == auth.Fold(d.Username) }

func (d document) account() auth.Account {
	return auth.Account{ID: d.ID.Hex(), Username: d.Username, Key: auth.Fold(d.Username), Hash: d.Password}
}

// Create implements [auth.Accounts].
func (u *Users) Create(ctx context.Context, a auth.Account) (id string, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := u.adopt(ctx); err != nil {
		return "", wrap(ctx, "create", err)
	}
	d := document{ID: bson.NewObjectID(), Username: a.Username, Password: a.Hash, NameKey: a.Key}
	_, err = u.users.InsertOne(ctx, d)
	if mongo.IsDuplicateKeyError(err) {
		var freed bool
		if freed, err = u.free(ctx, a.Key); err == nil && !freed {
			return "", auth.ErrNameTaken
		}
		if err == nil {
			_, err = u.users.InsertOne(ctx, d)
		}
		if mongo.IsDuplicateKeyError(err) {
			return "", u.refused(ctx, a)
		}
	}
	if err != nil {
		return "", wrap(ctx, "create", err)
	}
	return d.ID.Hex(), nil
}

// refused returns why an account is a duplicate though its key was free a moment ago.
func (u *Users) refused(ctx context.Context, a auth.Account) error {
	there, err := u.all(ctx, bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "username", Value: a.Username}}, bson.D{{Key: "nameKey", Value: a.Key}},
	}}})
	switch {
	case err != nil:
		return wrap(ctx, "create", err)
	case len(there) == 0:
		return wrap(ctx, "create", errors.New("a unique index other than those of names refuses the account"))
	}
	return auth.ErrNameTaken
}

// Find implements [auth.Accounts].
func (u *Users) Find(ctx context.Context, username, key string) (auth.Account, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var either bson.A
	if username != "" && utf8.ValidString(username) {
		either = append(either, bson.D{{Key: "username", Value: username}})
	}
	if key != "" && utf8.ValidString(key) {
		either = append(either, bson.D{{Key: "nameKey", Value: key}})
	}
	if either == nil {
		either = bson.A{bson.D{{Key: "_id", Value: bson.NilObjectID}}} // nobody's
	}
	documents, err := u.all(ctx, bson.D{{Key: "$or", Value: either}})
	if err != nil {
		return auth.Account{}, wrap(ctx, "find", err)
	}
	var found auth.Account
	for _, d := range documents {
		if d.Username == username {
			return d.account(), nil
		}
		if d.NameKey == key && d.keyed() {
			found = d.account()
		}
	}
	if found.ID == "" {
		return auth.Account{}, auth.ErrNoAccount
	}
	return found, nil
}

// FindID implements [auth.Accounts].
func (u *Users) FindID(ctx context.Context, id string) (auth.Account, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	documents, err := u.all(ctx, bson.D{{Key: "_id", Value: objectID(id)}})
	switch {
	case err != nil:
		return auth.Account{}, wrap(ctx, "find", err)
	case len(documents) == 0:
		return auth.Account{}, auth.ErrNoAccount
	}
	return documents[0].account(), nil
}

// ReplaceHash implements [auth.Accounts].
func (u *Users) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if !utf8.ValidString(old) {
		id, old = "", ""
	}
	result, err := u.users.UpdateOne(ctx,
		bson.D{{Key: "_id", Value: objectID(id)}, {Key: "password", Value: old}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "password", Value: replacement}}}})
	switch {
	case err != nil:
		return wrap(ctx, "replace hash", err)
	case result.MatchedCount == 0:
		return auth.ErrNoAccount
	}
	return nil
}

// all returns the documents that a filter for a few selects, in order of their ids.
func (u *Users) all(ctx context.Context, filter bson.D) ([]document, error) {
	cursor, err := u.users.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var raw []bson.Raw
	if err := cursor.All(ctx, &raw); err != nil {
		return nil, err
	}
	documents := make([]document, 0, len(raw))
	for _, r := range raw {
		d, err := parse(r)
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// parse reads a document. The driver would take a string for an ObjectID, and says
// what was in a member that it cannot decode.
func parse(raw bson.Raw) (document, error) {
	if raw.Lookup("_id").Type != bson.TypeObjectID {
		return document{}, fmt.Errorf("%w: its _id is no ObjectID", ErrDocument)
	}
	d := document{ID: raw.Lookup("_id").ObjectID()}
	for _, member := range []struct {
		name string
		into *string
	}{{"username", &d.Username}, {"password", &d.Password}, {"nameKey", &d.NameKey}} {
		value, err := raw.LookupErr(member.name)
		if err != nil || value.Type == bson.TypeNull {
			continue
		}
		text, ok := value.StringValueOK()
		if !ok {
			return document{}, fmt.Errorf("%w: its %s is no string", ErrDocument, member.name)
		}
		*member.into = text
	}
	return d, nil
}

// objectID returns the ObjectID that has that form, or nobody's.
func objectID(id string) bson.ObjectID {
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil || oid.Hex() != id {
		return bson.NilObjectID
	}
	return oid
}

// before returns the first ObjectID of a second.
func before(second int64) (id bson.ObjectID) {
	id = bson.NewObjectIDFromTimestamp(time.Unix(second, 0))
	copy(id[4:], bytes.Repeat([]byte{0}, len(id)-4))
	return id
}

// callTimeout is for a call whose context has no deadline.
const callTimeout = 10 * time.Second

// bounded returns ctx, with a deadline if it has none.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, callTimeout)
}

// wrap says what was being done, without what the server repeats of a document.
func wrap(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	var failed mongo.WriteException
	if errors.As(err, &failed) {
		err = discreet(failed)
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return fmt.Errorf("mongousers: %s: %w", operation, err)
}

// discreet returns an error without the details of a validation that failed, which
// repeat the values that were refused.
func discreet(failed mongo.WriteException) error {
	if len(failed.WriteErrors) == 0 {
		return failed
	}
	var messages []string
	code := failed.WriteErrors[0].Code
	for _, e := range failed.WriteErrors {
		messages = append(messages, e.Message)
	}
	return mongo.CommandError{Code: int32(code), Message: strings.Join(messages, "; "), Labels: failed.Labels}
}
