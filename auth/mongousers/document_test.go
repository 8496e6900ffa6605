package mongousers

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestObjectIDs(t *testing.T) {
	t.Parallel()
	id := bson.NewObjectID()
	if objectID(id.Hex()) != id {
		t.Error("an id does not lead to itself")
	}
	for _, other := range []string{"", "ada", id.Hex() + "0", "ABCDEFABCDEFABCDEFABCDEF", "123456789012", id.Hex()[:23] + "\x00"} {
		if objectID(other) != bson.NilObjectID {
			t.Errorf("%q is an id", other)
		}
	}
	now := time.Now()
	if first := before(now.Unix()); first.Hex() > bson.NewObjectIDFromTimestamp(now).Hex() || first.Timestamp().Unix() != now.Unix() {
		t.Errorf("%s is not the first id of a second", first)
	}
}

// FuzzParse: whatever is in a document, it is an account as it is stored or an error.
func FuzzParse(f *testing.F) {
	for _, document := range []bson.D{
		{},
		{{Key: "_id", Value: bson.NewObjectID()}, {Key: "username", Value: "Ada"}, {Key: "password", Value: "hash"}, {Key: "nameKey", Value: "ada"}},
		{{Key: "_id", Value: "507f1f77bcf86cd799439011"}, {Key: "username", Value: "Ada"}},
		{{Key: "_id", Value: bson.NewObjectID()}, {Key: "username", Value: 7}},
		{{Key: "_id", Value: bson.NewObjectID()}, {Key: "username", Value: nil}, {Key: "password", Value: bson.A{}}},
	} {
		raw, err := bson.Marshal(document)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		raw := bson.Raw(data)
		if raw.Validate() != nil {
			return // the driver lets none such through
		}
		d, err := parse(raw)
		switch {
		case err != nil && (!errors.Is(err, ErrDocument) || d != (document{})):
			t.Errorf("%+v, %v", d, err)
		case err == nil && raw.Lookup("_id").ObjectID() != d.ID:
			t.Error("the id is another's")
		}
		if text, ok := raw.Lookup("username").StringValueOK(); err == nil && ok && text != d.Username {
			t.Errorf("the name %q was read as %q", text, d.Username)
		}
	})
}
