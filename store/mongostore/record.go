package mongostore

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sojourn-dev/sojourn/store"
)

// The fields of connect-mongo 6.0.0, which has no setting for their names.
const (
	fieldID           = "_id"
	fieldSession      = "session"
	fieldExpires      = "expires"
	fieldLastModified = "lastModified"
)

var (
	// ErrData: data cannot be stored: they are not UTF-8, too long, or, with
	// [Options.Documents], no JSON object that a document can hold. Nothing was
	// stored.
	ErrData = errors.New("data cannot be stored")

	// ErrRecord: a document has no session that can be read: the field is
	// missing or of another type, or it cannot be decrypted.
	ErrRecord = errors.New("record cannot be read")
)

// onlyID has a read return no more than that there is something.
var onlyID = options.FindOne().SetProjection(bson.D{{Key: fieldID, Value: 1}})

// forever is when a record expires that has no expiry: connect-mongo serves it and
// MongoDB does not delete it.
var forever = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// now is this process's clock, as it is Node's with connect-mongo: the server's
// decides only when what has expired is deleted.
func now() bson.DateTime { return bson.NewDateTimeFromTime(time.Now()) }

// instant returns an instant as a document has it, in milliseconds, rounded down.
func instant(t time.Time) bson.DateTime { return bson.DateTime(t.UnixMilli()) }

// live is the condition that id has a record, as connect-mongo asks for it.
func live(id string, now bson.DateTime) bson.D {
	return append(bson.D{{Key: fieldID, Value: id}}, notExpired(now))
}

func notExpired(now bson.DateTime) bson.E {
	return bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: fieldExpires, Value: bson.D{{Key: "$exists", Value: false}}}},
		bson.D{{Key: fieldExpires, Value: bson.D{{Key: "$gt", Value: now}}}},
	}}
}

// current is the condition that id has a record of a version, if it is one. Without
// $eq a document whose first name begins with a dollar sign would be an operator.
func current(id string, base store.Version) (filter bson.D, ok bool) {
	value, ok := valueOf(base)
	return append(live(id, now()), bson.E{Key: fieldSession, Value: bson.D{{Key: "$eq", Value: value}}}), ok
}

// fields are what a save writes.
func (s *Store) fields(value bson.RawValue, expires bson.DateTime) bson.D {
	fields := bson.D{{Key: fieldExpires, Value: expires}}
	if s.opts.LastModified {
		fields = append(fields, bson.E{Key: fieldLastModified, Value: now()})
	}
	return append(fields, bson.E{Key: fieldSession, Value: value})
}

// encode returns data as they are stored. Of values in a document that are as in base,
// the types are those of base.
func (s *Store) encode(data string, base store.Version) (bson.RawValue, error) {
	if !utf8.ValidString(data) {
		return bson.RawValue{}, fmt.Errorf("%w: they are not UTF-8", ErrData)
	}
	if s.opts.Documents {
		before, _ := valueOf(base)
		return encodeDocument(data, before)
	}
	if s.opts.Crypto != nil {
		sealed, err := s.opts.Crypto.Seal(data)
		if err != nil {
			return bson.RawValue{}, fmt.Errorf("encrypt: %w", err)
		}
		data = sealed
	}
	return stringValue(data), nil
}

// record returns what is in a document.
func (s *Store) record(doc bson.Raw) (store.Record, error) {
	r := store.Record{Expires: forever}
	if expires, err := doc.LookupErr(fieldExpires); err == nil {
		if millis, ok := expires.DateTimeOK(); ok {
			r.Expires = time.UnixMilli(millis)
		}
	}
	value, err := doc.LookupErr(fieldSession)
	if err != nil {
		return store.Record{}, fmt.Errorf("%w: the document has no session", ErrRecord)
	}
	r.Version = versionOf(value)
	switch value.Type {
	case bson.TypeString:
		r.Data = textOf(r.Version)
		if !utf8.ValidString(r.Data) {
			return store.Record{}, fmt.Errorf("%w: the session is not UTF-8", ErrRecord)
		}
		if s.opts.Crypto != nil {
			if r.Data, err = s.opts.Crypto.Open(r.Data); err != nil {
				return store.Record{}, fmt.Errorf("%w: decrypt: %w", ErrRecord, err)
			}
		}
		return r, nil
	case bson.TypeEmbeddedDocument:
		if s.opts.Crypto != nil {
			// Whoever can write the collection must not be able to put in what
			// was never encrypted.
			return store.Record{}, fmt.Errorf("%w: the session is not encrypted", ErrRecord)
		}
		r.Data, err = decodeDocument(value.Value)
		return r, err
	}
	return store.Record{}, fmt.Errorf("%w: the session is neither text nor a document", ErrRecord)
}

// versionOf returns the version of a record: the stored value with its type before it.
// None is empty.
func versionOf(value bson.RawValue) store.Version {
	var b strings.Builder
	b.Grow(1 + len(value.Value))
	b.WriteByte(byte(value.Type))
	b.Write(value.Value)
	return store.Version(b.String())
}

// valueOf is the reverse of versionOf.
func valueOf(v store.Version) (value bson.RawValue, ok bool) {
	if v == "" {
		return bson.RawValue{}, false
	}
	value = bson.RawValue{Type: bson.Type(v[0]), Value: []byte(v[1:])}
	if value.Type != bson.TypeString && value.Type != bson.TypeEmbeddedDocument || value.Validate() != nil {
		return bson.RawValue{}, false
	}
	return value, true
}

// textOf returns the text that the version of a string holds, after the type and the
// length and before the zero byte, without a copy of it.
func textOf(v store.Version) string { return string(v[5 : len(v)-1]) }

func stringValue(text string) bson.RawValue {
	value := make([]byte, 4, 4+len(text)+1)
	n := len(text) + 1
	value[0], value[1], value[2], value[3] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
	return bson.RawValue{Type: bson.TypeString, Value: append(append(value, text...), 0)}
}
